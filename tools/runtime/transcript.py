"""How messages become the text that an embedded model continues, and where its turn ends.

The base Gemma has no chat template; the engine would fall back to ChatML, whose markers it has never seen. It continues
a plain transcript instead: labels on their own lines, so that an answer starts on a fresh line and is tokenised alike
in the examples and in the answer itself, and a blank line between turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    turns: dict[str, str]  # role → a whole turn, with {content}
    opening: str  # what makes the model answer
    prefill: str  # the opening of a turn that the client has begun, with {content}
    stop: tuple[str, ...]
    documented: str  # as Ollama's Modelfile would write it
    markers: bool  # whether the labels are special tokens


TEMPLATES = {
    "transcript": Template(
        turns={
            "system": "{content}\n\n",
            "user": "Input:\n{content}\n\n",
            "tool": "Input:\n{content}\n\n",
            "assistant": "Output:\n{content}\n\n",
        },
        opening="Output:\n",
        prefill="Output:\n{content}",
        stop=("\n\nInput:", "\nInput:\n", "\n\nOutput:"),
        documented=(
            '{{- range .Messages }}{{ if eq .Role "system" }}{{ .Content }}\n\n'
            '{{ else if eq .Role "assistant" }}Output:\n{{ .Content }}\n\n'
            "{{ else }}Input:\n{{ .Content }}\n\n{{ end }}{{ end }}Output:\n"
        ),
        markers=False,
    ),
    "chatml": Template(
        turns={
            role: f"<|im_start|>{role}\n{{content}}<|im_end|>\n" for role in ("system", "user", "assistant", "tool")
        },
        opening="<|im_start|>assistant\n",
        prefill="<|im_start|>assistant\n{content}",
        stop=("<|im_end|>",),
        documented=(
            "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
        ),
        markers=True,
    ),
    # Gemma's instruct models know no system role; what stands there goes to the user (Google's model card).
    "gemma": Template(
        turns={
            **dict.fromkeys(("system", "user", "tool"), "<start_of_turn>user\n{content}<end_of_turn>\n"),
            "assistant": "<start_of_turn>model\n{content}<end_of_turn>\n",
        },
        opening="<start_of_turn>model\n",
        prefill="<start_of_turn>model\n{content}",
        stop=("<end_of_turn>",),
        documented=(
            '{{- range .Messages }}<start_of_turn>{{ if eq .Role "assistant" }}model{{ else }}user{{ end }}\n'
            "{{ .Content }}<end_of_turn>\n{{ end }}<start_of_turn>model\n"
        ),
        markers=True,
    ),
}


def render(messages: Sequence[tuple[str, str]], name: str) -> tuple[str, tuple[str, ...]]:
    """(role, content) turns as one prompt, and the strings that end the answer.

    A last turn of the assistant is continued, not answered. Surrounding white space of a turn is dropped: a base model
    copies it. With markers, one that stands in the content is broken up, so that content cannot end its own turn.
    """
    template = TEMPLATES[name]
    text = ""
    for at, (role, content) in enumerate(messages):
        content = content.strip()
        if template.markers:
            content = content.replace("<|", "< |").replace("_of_turn>", "_of_turn >")
        if role == "assistant" and at == len(messages) - 1:
            return text + template.prefill.replace("{content}", content), template.stop
        text += template.turns[role].replace("{content}", content)
    return text + template.opening, template.stop
