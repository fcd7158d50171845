select
    departed_at,
    cast(departed_at as date) as day,
    origin,
    destination,
    cast(distance as integer) as distance_miles,
    cast(delay as integer) as delay_minutes,
    delay > 15 as is_late
from flights
where origin is not null and destination is not null
