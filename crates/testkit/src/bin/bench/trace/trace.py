"""Traces in SQL: python3 trace.py ENGINE SQL CASES.csv OUT.csv SINGLES ROUNDS THREADS LONGEST, visits on standard input.

ENGINE is `duckdb` (needs the package `duckdb`) or `sqlite`; visits are lines person,place,came,gone of numbers, cases
lines person,since,until. Both engines get what answers fastest: DuckDB two copies sorted by person and by place, SQLite
indexes. Prints seconds, one a line: loading; then ROUNDS times each of the first SINGLES cases alone; then ROUNDS times
all cases at once. The rows of the last go to OUT.csv, ordered.
"""
import csv
import sqlite3
import sys
import tempfile
import time

engine, sql_file, cases_file, out, singles, rounds, threads, longest = sys.argv[1:]
with open(sql_file, encoding="utf-8") as file:
    sql = file.read()
with open(cases_file, encoding="utf-8") as file:
    cases = [tuple(map(int, row)) for row in csv.reader(file)]
words = {"duckdb": ("least", "greatest"), "sqlite": ("min", "max")}[engine]
sql = sql.replace("{least}", words[0]).replace("{greatest}", words[1]).replace("{longest}", longest)
began = time.monotonic()
if engine == "duckdb":
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads = {threads}")
    db.execute("SET enable_progress_bar = false")
    db.execute("SET preserve_insertion_order = false")
    columns = "{'person': 'INTEGER', 'place': 'INTEGER', 'came': 'INTEGER', 'gone': 'INTEGER'}"
    db.execute(
        f"CREATE TABLE visits AS FROM read_csv('/dev/stdin', header = false, auto_detect = false, columns = {columns})"
    )
    db.execute("SET preserve_insertion_order = true")
    db.execute("CREATE TABLE visits_by_person AS FROM visits ORDER BY person, came")
    db.execute("CREATE TABLE visits_by_place AS FROM visits ORDER BY place, came")
    db.execute("DROP TABLE visits")
    db.execute("CREATE TABLE cases (person INTEGER, since INTEGER, until INTEGER)")
    single = "(VALUES ({}, {}, {})) AS c(person, since, until)"
    sql_of = lambda case: sql.replace("{cases} c", single.format(*case))
else:
    folder = tempfile.TemporaryDirectory()
    db = sqlite3.connect(folder.name + "/visits.sqlite")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -1000000")
    db.execute("CREATE TABLE visits (person INTEGER, place INTEGER, came INTEGER, gone INTEGER)")
    with db:
        rows = (line.rstrip().split(",") for line in sys.stdin)
        db.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", rows)
        db.execute("CREATE INDEX by_person ON visits (person, came, gone, place)")
        db.execute("CREATE INDEX by_place ON visits (place, came, gone, person)")
    db.execute("CREATE VIEW visits_by_person AS SELECT * FROM visits")
    db.execute("CREATE VIEW visits_by_place AS SELECT * FROM visits")
    db.execute("ANALYZE")
    db.execute("CREATE TABLE cases (person INTEGER, since INTEGER, until INTEGER)")
    single = "(SELECT {} AS person, {} AS since, {} AS until) c"
    sql_of = lambda case: sql.replace("{cases} c", single.format(*case))
db.executemany("INSERT INTO cases VALUES (?, ?, ?)", cases)
if engine == "sqlite":
    db.commit()
print(time.monotonic() - began, flush=True)
for _ in range(int(rounds)):
    for case in cases[: int(singles)]:
        began = time.monotonic()
        db.execute(sql_of(case)).fetchall()
        print(time.monotonic() - began)
for _ in range(int(rounds)):
    began = time.monotonic()
    rows = db.execute(sql.replace("{cases}", "cases")).fetchall()
    print(time.monotonic() - began, flush=True)
with open(out, "w", encoding="utf-8") as file:
    for row in sorted(tuple(map(int, row)) for row in rows):
        print(*row, sep=",", file=file)
if engine == "sqlite":
    db.close()
    folder.cleanup()
