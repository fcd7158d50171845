select
    location as city,
    cast(date as date) as day,
    precipitation as precipitation_mm,
    temp_max as highest_c,
    temp_min as lowest_c,
    wind as wind_mps,
    weather as sky
from read_csv('{{ env_var("DOP_PROJECT_ROOT", ".") }}/node_modules/vega-datasets/data/weather.csv')
