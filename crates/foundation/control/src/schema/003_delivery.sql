ALTER TABLE destinations ADD COLUMN in_order INTEGER NOT NULL DEFAULT 0;
ALTER TABLE destinations ADD COLUMN events_per_second_max INTEGER;
