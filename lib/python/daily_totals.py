import pandas as pd
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as context:
    day = context.partition_key
    orders = pd.DataFrame({"day": [day, day], "amount": [20.0, 22.5]})
    totals = orders.groupby("day", as_index=False).agg(orders=("amount", "size"), revenue=("amount", "sum"))
    context.log.info(f"{len(orders)} orders on {day}")
    context.report_asset_materialization(
        metadata={
            "rows": len(totals),
            "revenue": float(totals["revenue"].sum()),
            "currency": context.get_extra("currency"),
            "totals": {"type": "table", "raw_value": {"records": totals.to_dict("records")}},
        }
    )
    context.report_asset_check(check_name="has_rows", passed=len(totals) > 0)
