#!/bin/sh
# Makes the files that tiltak-junit feeds to readers, with the tiltak-kit on the search path:
#
#   cargo build -p tiltak-consumer-kit --features cli --bin tiltak-kit
#   PATH="$PWD/target/debug:$PATH" consumer-kit/jvm/junit/resources.sh
#
# Into another folder and with another seed: resources.sh <folder> <seed>; then run the tests with the
# system property tiltak.junit.resources=<folder>.
set -eu
folder=${1:-$(dirname "$0")/src/main/resources/no/nav/tiltak/junit}
seed=${2:-1}
for topic in siste-tiltakstyper-v3 siste-tiltaksgjennomforinger-v2 arena-migrering-tiltaksgjennomforinger-v1 datavarehus-tiltak-v1; do
    to="$folder/$topic"
    mkdir -p "$to"
    tiltak-kit logs $topic --count 1000 --changes 20 --logs-of-history 80 --seed "$seed" > "$to/logs.ndjson"
    tiltak-kit fixtures $topic --count 100 --keys 20 --tombstones 0.05 --seed "$seed" > "$to/fixtures.ndjson"
    tiltak-kit fixtures $topic --later --explain --count 60 --seed "$seed" > "$to/later.ndjson" 2> "$to/later.why.ndjson"
    tiltak-kit fixtures $topic --flawed --explain --count 100 --seed "$seed" > "$to/flawed.ndjson" 2> "$to/flawed.why.ndjson"
done
