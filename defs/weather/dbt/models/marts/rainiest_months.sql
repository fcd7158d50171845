{{ config(tags=["core"]) }}
select city, month, precipitation_mm
from {{ ref('weather_by_month') }}
qualify row_number() over (partition by city order by precipitation_mm desc) <= 10
