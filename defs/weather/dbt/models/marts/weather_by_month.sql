{{ config(tags=["core"]) }}
select
    city,
    date_trunc('month', day) as month,
    count(*) as days,
    round(avg(highest_c), 1) as mean_highest_c,
    round(sum(precipitation_mm), 1) as precipitation_mm,
    count(*) filter (where sky = 'sun') as sunny_days
from {{ ref('stg_weather') }}
group by all
