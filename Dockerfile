# The producer as a small image: the program, OpenSSL, and certificates for TLS to PostgreSQL.
#
#   docker build -t tiltak-producer .
#   docker run --rm tiltak-producer --help
#   docker run --rm -e DATABASE_URL=… -e KAFKA_BROKERS=… -e TILTAK_LISTEN=0.0.0.0:8080 -e TILTAK_API_TOKEN=… \
#     -p 8080:8080 tiltak-producer
#
# With SQLite: `-v tiltak:/data -e DATABASE_URL=tiltak.db`. A new volume gets the right owner; a folder of the machine
# has to belong to 10001, or the container runs as its owner (`--user`).

# The same in both stages, so that the program meets the OpenSSL that it was linked with.
ARG DEBIAN=bookworm

FROM rust:1.95-slim-${DEBIAN} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential pkg-config libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies first, in a layer that stays until a manifest changes. The three packages are empty here, and the
# workspace has no others; what cargo makes of them is thrown away.
COPY Cargo.toml Cargo.lock ./
COPY schema/Cargo.toml schema/
COPY producer/Cargo.toml producer/
COPY producer/outbox/Cargo.toml producer/outbox/
RUN sed -i 's/^members = .*/members = ["schema", "producer", "producer\/outbox"]/' Cargo.toml \
    && sed -i '/^\[dev-dependencies\]/,/^$/d' schema/Cargo.toml producer/Cargo.toml producer/outbox/Cargo.toml \
    && mkdir schema/src producer/src producer/outbox/src \
    && touch schema/src/lib.rs producer/src/lib.rs producer/outbox/src/lib.rs \
    && cargo build --release --package tiltak-producer \
    && cargo clean --release --package tiltak-schema --package tiltak-producer --package kafka-outbox
COPY . .
# The git commit, shown by the metric `tiltak_producer_build_info`: `docker build --build-arg REVISION=$(git rev-parse HEAD) .`
ARG REVISION=unknown
RUN TILTAK_REVISION=${REVISION} cargo build --locked --release --package tiltak-producer --bin tiltak-producer

FROM debian:${DEBIAN}-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
# Where an SQLite database is made; with PostgreSQL nothing is written.
RUN install -d -o 10001 -g 10001 /data
COPY --from=build /src/target/release/tiltak-producer /usr/local/bin/tiltak-producer
# A number, so that Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /data
# As process 1: SIGTERM reaches it, and it drains.
ENTRYPOINT ["tiltak-producer"]
CMD ["serve"]
