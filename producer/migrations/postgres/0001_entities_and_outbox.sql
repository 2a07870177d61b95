-- The tables of migrations/sqlite, column by column; a test compares them. Text that is compared is compared byte for
-- byte, as SQLite does: COLLATE "C".

CREATE TABLE tiltakstype (
    id          TEXT COLLATE "C" PRIMARY KEY,
    tiltakskode TEXT COLLATE "C" NOT NULL UNIQUE,
    document    TEXT NOT NULL
);

CREATE TABLE arrangor (
    organisasjonsnummer TEXT COLLATE "C" PRIMARY KEY,
    document            TEXT NOT NULL
);

CREATE TABLE avtale (
    id             TEXT COLLATE "C" PRIMARY KEY,
    tiltakstype_id TEXT COLLATE "C" NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT COLLATE "C" REFERENCES arrangor (organisasjonsnummer),
    document       TEXT NOT NULL
);

CREATE TABLE gjennomforing (
    id             TEXT COLLATE "C" PRIMARY KEY,
    tiltakstype_id TEXT COLLATE "C" NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT COLLATE "C" NOT NULL REFERENCES arrangor (organisasjonsnummer),
    avtale_id      TEXT COLLATE "C" REFERENCES avtale (id),
    kind           TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL,
    slutt_dato     TEXT COLLATE "C",
    document       TEXT NOT NULL
);

CREATE INDEX gjennomforing_by_avtale ON gjennomforing (avtale_id);
CREATE INDEX gjennomforing_by_tiltakstype ON gjennomforing (tiltakstype_id);
CREATE INDEX gjennomforing_by_status ON gjennomforing (kind, status, slutt_dato);

CREATE TABLE opplaring_kategorisering (
    gjennomforing_id TEXT COLLATE "C" PRIMARY KEY REFERENCES gjennomforing (id),
    document         TEXT NOT NULL
);

-- The last number given to a gjennomføring of a year.
CREATE TABLE lopenummer (
    aar  BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- Records that are to be published. The ids of one key are in the order in which the changes of that key were
-- committed: a change locks what it publishes. Between keys they are not.
CREATE TABLE outbox (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        TEXT NOT NULL,
    record_key   TEXT COLLATE "C" NOT NULL,
    record_value TEXT
);
