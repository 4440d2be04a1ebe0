"""Runs the rules as SQL in DuckDB: python3 duckdb.py EVIDENCE.csv RULES.sql OUT.csv AT SUNSET ROUNDS THREADS.

Prints, in seconds: loading, and then each round, one line each. Needs the package `duckdb`.
"""
import sys
import time

import duckdb

evidence, sql, out, at, sunset, rounds, threads = sys.argv[1:]
with open(sql, encoding="utf-8") as file:
    sql = file.read().replace("{at}", at).replace("{sunset}", sunset)
db = duckdb.connect()
db.execute(f"SET threads = {threads}")
db.execute("SET preserve_insertion_order = false")
db.execute("SET enable_progress_bar = false")
began = time.monotonic()
# Closed lists of words as numbers, which is quicker than texts.
WORDS = {
    "kind": "declaration audit health_report exposure case_status",
    "contact": "no yes unsure",
    "result": "confirmed refused suspected asymptomatic excluded recovered",
    "level": "close secondary general",
    "grade": "witnessed rotating poster declared",
}
for name, words in WORDS.items():
    db.execute(f"CREATE TYPE {name}_word AS ENUM ({', '.join(repr(word) for word in words.split())})")
db.execute(
    """CREATE TABLE evidence (person UBIGINT, kind kind_word, happened BIGINT, unwell BOOLEAN, contact contact_word,
       region VARCHAR, result result_word, level level_word, grade grade_word, last_at BIGINT)"""
)
db.execute(f"COPY evidence FROM '{evidence}' (HEADER false)")
print(time.monotonic() - began)
for _ in range(int(rounds)):
    began = time.monotonic()
    db.execute(sql)
    print(time.monotonic() - began)
db.execute(f"COPY (SELECT * FROM outcome ORDER BY person) TO '{out}' (HEADER false)")
