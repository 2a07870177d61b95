# The producer as a small image: the program, OpenSSL, and certificates for TLS to PostgreSQL.
#
#   docker build -t tiltak-producer .
#   docker run --rm tiltak-producer --help
#   docker run --rm -e DATABASE_URL=… -e KAFKA_BROKERS=… -p 8080:8080 tiltak-producer
#
# Both stages are the same Debian, so that the program meets the OpenSSL that it was linked with.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential pkg-config libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ENV CARGO_PROFILE_RELEASE_STRIP=debuginfo
RUN cargo build --locked --release --package tiltak-producer --bin tiltak-producer

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/release/tiltak-producer /usr/local/bin/tiltak-producer
# A number, so that Kubernetes sees that it is not root.
USER 10001:10001
# An SQLite database would be made here, if a volume is mounted; with PostgreSQL nothing is written.
WORKDIR /data
# As process 1: SIGTERM reaches it, and it drains.
ENTRYPOINT ["tiltak-producer"]
CMD ["serve"]
