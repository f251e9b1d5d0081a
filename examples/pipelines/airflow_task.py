"""Check, then load: only what another try can help is tried again."""

import json
import os
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

PROJECT = os.environ.get("TAMIZ_PROJECT", "/opt/project")


@task(retries=2, retry_delay=timedelta(seconds=int(os.environ.get("TAMIZ_RETRY_SECONDS", "60"))))
def check(suite: str) -> dict:
    command = ["tamiz", "check", suite, "--skip-code", "99", "--output", "summary-line"]
    ran = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    if ran.returncode == 99:
        raise AirflowSkipException(f"{suite}: there are no data yet")
    summary = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else {"retryable": ran.returncode == 75}
    if ran.returncode == 0:
        return summary
    told = f"{suite}: exit code {ran.returncode}, {summary}"
    raise AirflowException(told) if summary["retryable"] else AirflowFailException(told)


@task
def load(summary: dict) -> None:
    print(f"{summary['rows_read']} rows were checked; loading them")


@dag(dag_id="ventas_task", start_date=datetime(2025, 1, 1), schedule=None)
def ventas():
    load(check("rules/ventas.yaml"))


ventas()
