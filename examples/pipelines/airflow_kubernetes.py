"""Check in a pod: the record of the run goes to XCom, data that are missing skip the task."""

from datetime import datetime

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG

with DAG(dag_id="ventas_kubernetes", start_date=datetime(2025, 1, 1), schedule=None):
    check = KubernetesPodOperator(
        task_id="check",
        image="registry.example.org/tamiz:0.1.0",
        arguments=[
            "check",
            "/project/rules/ventas.yaml",
            "--reports=/airflow/xcom/reports",
            "--skip-code=99",
            # What the sidecar of XCom reads.
            "--output=json=/airflow/xcom/return.json",
        ],
        do_xcom_push=True,
        # This operator skips on no exit code unless it is told.
        skip_on_exit_code=99,
        retries=0,
    )
