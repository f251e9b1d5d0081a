"""Check, then load: the verdict goes to XCom, data that are missing skip what follows, bad data fail it."""

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = os.environ.get("TAMIZ_PROJECT", "/opt/project")

with DAG(dag_id="ventas_bash", start_date=datetime(2025, 1, 1), schedule=None):
    check = BashOperator(
        task_id="check",
        cwd=PROJECT,
        # The last line on standard output is the verdict, and what Airflow keeps of the task.
        bash_command="tamiz check rules/ventas.yaml --skip-code 99 --output summary-line",
        append_env=True,
        # Bad data stay bad: a second try is for tasks that can tell, as in airflow_task.py.
        retries=0,
    )
    load = BashOperator(task_id="load", bash_command="echo loaded", cwd=PROJECT)
    check >> load
