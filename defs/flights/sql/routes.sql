select
    origin,
    destination,
    count(*) as flights,
    round(avg(delay_minutes), 1) as mean_delay_minutes,
    max(distance_miles) as distance_miles
from flights
group by all
order by flights desc, origin, destination
limit 500
