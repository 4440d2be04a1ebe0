-- Tables as a cluster distributes them: create_distributed_table('visit', 'point') and
-- create_distributed_table('visit_of_person', 'person'). Each statement about visits at a point names the point, and
-- each about visits of a person the person, so that one server answers it. Seconds since 1970.
ALTER TABLE loaded ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE TABLE visit AS SELECT point, came, id, person, gone FROM loaded ORDER BY point, came;
ALTER TABLE visit ADD PRIMARY KEY (point, came, id) INCLUDE (person, gone);
CREATE TABLE visit_of_person AS SELECT person, came, id, point, gone FROM loaded ORDER BY person, came;
ALTER TABLE visit_of_person ADD PRIMARY KEY (person, came, id) INCLUDE (point, gone);
DROP TABLE loaded;
