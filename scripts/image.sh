#!/usr/bin/env bash
# The steps of the Dockerfile without Docker: a clean copy, a build, an install without development packages, and `serve`
# as an ordinary user until /healthz answers. Everything is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
image=$(mktemp -d)
chmod 755 "$image"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$image"' EXIT

npm run --silent build
cp -R package.json package-lock.json dist app.yml LICENSE schema "$image"
# The server needs a Node of its own where the system's is too old; the image has one.
node=$(npm exec --no -- node -p process.execPath)
cp "$node" "$image/node"
(cd "$image" && npm ci --omit=dev --no-audit --no-fund)

# Root gives up what it is, as the Dockerfile's USER does.
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi

cd "$image"
mkdir data
if [ "$(id -u)" = 0 ]; then chown 65534:65534 data; fi
if "${as_user[@]}" ./node dist/cli/main.js demo 2> demo.err; then exit 1; fi
grep -q 'the demo runs in a checkout' demo.err

key=$(./node -e "console.log(crypto.generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey)")
# Nobody listens at GITHUB_API_URL: the server has to stand all the same.
env -i APP_ID=1 PRIVATE_KEY="$key" WEBHOOK_SECRET=a-secret-of-this-run HOST=127.0.0.1 PORT=0 LOCKCAST_DATA="$image/data" \
  GITHUB_API_URL=http://127.0.0.1:9 NODE_ENV=production \
  "${as_user[@]}" ./node dist/cli/main.js serve > serve.log 2>&1 &
server=$!
for _ in $(seq 600); do
  port=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' serve.log | head -n 1)
  if [ -n "$port" ]; then break; fi
  sleep 0.1
done
./node -e "
const { status } = await fetch('http://127.0.0.1:${port:?the server did not start}/healthz')
if (status !== 200) throw new Error(String(status))
" --input-type=module
echo "serve answers as user $(ps -o user= -p "$server" | tr -d ' ')"
kill -TERM "$server"
wait "$server"
server=
