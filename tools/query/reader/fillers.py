"""Words that restrict nothing: the lists of stop words of a library, without those that say which, when or how many.

A word of such a list is dropped where nothing in the data is called so; a word outside of them is never.
"""

# ruff: noqa: E501 — lists are read as a whole

from __future__ import annotations

from functools import cache

# Language of a question → the library's name of its list.
_LISTS = {"en": "en", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "pt", "ru": "ru"}
# Words of those lists that choose among what was measured, count, deny or order: without them it is another question.
_CHOOSING = """
    without except excluding barring minus sans unlike before after afterwards prior until till unless beyond
    above below beneath under underneath over since ago past early earlier late later lately latest last latter
    former first firstly second secondly third fourth fifth sixth seventh eighth ninth tenth next previous
    previously initial initially new newer newest old older oldest recent recently young younger youngest once
    twice thrice half quarter double triple hundred thousand million billion trillion zero one two three four
    five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty ninety no
    not none nor neither never nothing nobody nowhere non noone no-one hardly rarely seldom alone only empty
    null big bigger biggest small smaller smallest large larger largest little long longer longest short shorter
    shortest high higher highest low lower lowest great greater greatest least less most more few fewer fewest
    better best worse worst top bottom thick thin opposite other another same different else elsewhere
    significant significantly similar similarly failing fix free full home page microsoft cost costs price bill
    cheap money buy sell open closed web website site world computer cause causes effect affects affected
    affecting changes change differ problem problems present sub mid inner outer inside outside front rear back
    near far farther max min mean means test sec sd cv ms mg km kg cm mm gb mb kb ml md py tv cd dj pp tg tp tt
    q x y z k m n p ohne außer bis vor nach seit unter über neu neue neuen neuer neues alt alte alten erste
    ersten erster erstes zweite dritte letzte letzten kein keine keinen keiner nicht nie nichts niemand nur
    allein halb wenig wenige weniger klein groß sauf avant après depuis sous sur nouveau nouvelle nouveaux
    premier première dernier dernière aucun aucune pas jamais rien personne seul seule seulement demi peu moins
    plus sin salvo antes después desde hasta bajo sobre nuevo nueva nuevos primero primera último última ningún
    ninguna ninguno nunca nada nadie solo sólo solamente medio poco pocos menos más senza tranne prima dopo fino
    sotto sopra nuovo nuova primo ultima ultimo nessuno nessuna mai niente nulla soltanto mezzo pochi meno più
    без кроме до после не нет ни никогда ничего никто только
"""
_RESTRICTING = frozenset(_CHOOSING.split())
# Short for what restricts nothing, and in no list.
_SHORT = frozenset(["ca", "circa", "etc", "eg", "ie", "fyi", "btw", "imo", "asap", "afaik", "tbh", "pls", "plz", "thx", "hey", "btw"])  # fmt: skip


def restricting(word: str) -> bool:
    """Whether a word chooses among what was measured, counts, denies or orders."""
    return word.lower() in _RESTRICTING


@cache
def _listed(language: str) -> frozenset[str]:
    from stop_words import get_stop_words

    words = frozenset(str(w).lower() for w in get_stop_words(_LISTS[language])) if language in _LISTS else frozenset()
    return words | {w.replace("'", "") for w in words}


def idle(word: str, language: str) -> bool:
    """Whether a word of a question says nothing of what is asked about, in its language or in English."""
    low = word.lower()
    if low in _RESTRICTING or any(c.isdigit() for c in low):
        return False
    if low in _SHORT:
        return True
    return len(low) >= 3 and any(low in _listed(x) for x in {language, "en"} if x in _LISTS)
