"""A first look in marimo: `marimo edit docs/notebook.py` shows what docs/notebook.ipynb shows in Jupyter."""

import marimo

app = marimo.App(app_title="chimera-report in a notebook")


@app.cell
def _():
    from pathlib import Path

    import chimera_report as cr

    run = cr.load(Path(__file__).parent / "../data")
    run
    return (run,)


@app.cell
def _(run):
    first = run.statements[0]
    first
    return (first,)


@app.cell
def _(first):
    first.evidence.head()


@app.cell
def _(run):
    run.ask("what is the VRAM?")


@app.cell
def _(run):
    report = run.report(title="Technical Report: A First Look")
    report
    return (report,)


@app.cell
def _(report):
    report.verify()


if __name__ == "__main__":
    app.run()
