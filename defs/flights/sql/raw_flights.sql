select date as departed_at, delay, distance, origin, destination
from read_parquet('{{ project_root }}/node_modules/vega-datasets/data/flights-3m.parquet')
where date >= {{ window.start }} and date < {{ window.end }}
