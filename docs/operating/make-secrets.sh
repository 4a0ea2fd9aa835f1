#!/bin/sh
# Make the secrets that compose.yaml names, each a file of its own in the folder `secrets` (or the one named).
# Nothing that is there is made anew. Needs openssl. Example: sh docs/operating/make-secrets.sh
set -eu
folder=${1:-secrets}
# The folder is closed to others on this machine; its files can be read by the users inside the containers.
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"
umask 022
fresh() { [ -s "$1" ] || openssl rand -hex 24 | tr -d '\n' > "$1"; }
for each in postgres_superuser postgres_owner postgres_programs s3 tillpoints_secret_key; do
  fresh "$each"
done
url() {
  [ -s "$1" ] || printf 'postgresql+psycopg://%s:%s@postgres/tillpoints' "$2" "$(cat "$3")" > "$1"
}
url url_of_owner tillpoints_owner postgres_owner
url url_of_programs tillpoints_programs postgres_programs
[ -s aws ] || printf '[default]\naws_access_key_id = tillpoints\naws_secret_access_key = %s\n' "$(cat s3)" > aws
[ -s s3.json ] || printf '{"identities": [{"name": "tillpoints", "actions": ["Admin"], "credentials": [{"accessKey": "%s", "secretKey": "%s"}]}]}\n' \
  tillpoints "$(cat s3)" > s3.json
