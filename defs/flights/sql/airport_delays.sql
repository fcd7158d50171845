select
    flights.day,
    flights.origin as airport,
    airports.name,
    airports.state,
    count(*) as flights,
    round(avg(flights.delay_minutes), 1) as mean_delay_minutes,
    round(100.0 * count(*) filter (where flights.is_late) / count(*), 1) as late_percent
from flights
left join airports on airports.iata = flights.origin
group by all
order by flights desc, airport
