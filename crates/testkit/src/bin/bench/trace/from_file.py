"""`healthcode trace` in SQL: python3 from_file.py SQL VISITS.csv CASES.csv OUT.csv THREADS, with the package `duckdb`.

The files and the result are those of `healthcode trace` (policy place-15min-sum-24h, RFC 3339 with +08:00). Prints the
seconds from opening the files to the result on disk.
"""
import sys
import time

import duckdb

sql_file, visits, cases, out, threads = sys.argv[1:]
with open(sql_file, encoding="utf-8") as file:
    sql = file.read()
sql = sql.replace("{least}", "least").replace("{greatest}", "greatest").replace("{cases}", "cases")
began = time.monotonic()
db = duckdb.connect()
db.execute(f"SET threads = {threads}")
db.execute("SET enable_progress_bar = false")
db.execute("SET preserve_insertion_order = false")
db.execute(
    f"""CREATE TABLE cases AS SELECT person, epoch(infectious_from)::BIGINT AS since, epoch(infectious_until)::BIGINT AS until
    FROM read_csv('{cases}', header = true, auto_detect = false,
    columns = {{'person': 'VARCHAR', 'infectious_from': 'TIMESTAMPTZ', 'infectious_until': 'TIMESTAMPTZ'}})"""
)
db.execute(
    f"""CREATE TABLE visits AS SELECT person, place, epoch(entered_at)::BIGINT AS came, epoch(left_at)::BIGINT AS gone
    FROM read_csv('{visits}', header = true, auto_detect = false,
    columns = {{'person': 'VARCHAR', 'place': 'VARCHAR', 'entered_at': 'TIMESTAMPTZ', 'left_at': 'TIMESTAMPTZ'}})"""
)
for name in ["visits_by_person", "visits_by_place"]:
    db.execute(f"CREATE VIEW {name} AS FROM visits")
shown = "strftime(make_timestamp(({} + 28800) * 1000000), '%Y-%m-%dT%H:%M:%S') || '+08:00'"
db.execute(
    f"""COPY (SELECT index_case AS "case", person, place, {shown.format('came')} AS first_at,
    {shown.format('gone')} AS last_at, seconds // 60 AS minutes, 'close' AS level
    FROM ({sql.replace('{longest}', '40000')}) ORDER BY index_case, person, place) TO '{out}' (HEADER)"""
)
print(time.monotonic() - began)
