-- Why an officer ended a household that an officer had recorded; empty where nobody did.
ALTER TABLE household ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';
