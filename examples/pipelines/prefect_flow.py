"""Check, then load; the report is an artifact of the flow, and only what another try can help is tried again."""

import json
import os
import subprocess
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

PROJECT = os.environ.get("TAMIZ_PROJECT", "/opt/project")


class NotYet(Exception):
    """The data may come, or the lock be let go."""


class BadData(Exception):
    """The data are what they are."""


@task(retries=2, retry_delay_seconds=int(os.environ.get("TAMIZ_RETRY_SECONDS", "60")),
      retry_condition_fn=lambda task, run, state: "NotYet" in repr(state.data or state.message))
def check(suite: str) -> dict:
    page = Path(PROJECT) / "tamiz.md"
    command = ["tamiz", "check", suite, "--output", "summary-line", "--output", f"markdown={page}"]
    ran = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    if page.exists():
        create_markdown_artifact(key="tamiz", markdown=page.read_text(), description=suite)
    summary = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else {"retryable": ran.returncode == 75}
    if ran.returncode != 0:
        raise (NotYet if summary["retryable"] else BadData)(f"{suite}: exit code {ran.returncode}, {summary}")
    return summary


@task
def load(summary: dict) -> None:
    print(f"{summary['rows_read']} rows were checked; loading them")


@flow
def ventas(suite: str = "rules/ventas.yaml") -> None:
    load(check(suite))


if __name__ == "__main__":
    ventas()
