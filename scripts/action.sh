#!/usr/bin/env bash
# The steps of action.yml as a runner takes them, in a clean copy: its own install without development packages or their
# scripts, then the review. Nobody listens at GITHUB_API_URL, so the review has to say so and nothing may be missing.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

git ls-files -z | grep -zv '^test/' | xargs -0 cp --parents -t "$copy"
node=$(npm exec --no -- node -p process.execPath)
step() {
  "$node" -e "
    const { steps } = require('yaml').parse(require('fs').readFileSync('action.yml', 'utf8')).runs
    console.log(steps.find(({ name }) => name === process.argv[1]).run)" "$1"
}
install=$(step Install)
review=$(step Review)

export GITHUB_ACTION_PATH="$copy"
PATH="$(dirname "$node"):$PATH" bash -eo pipefail -c "$install"
cd "$copy"
output=$(GITHUB_REPOSITORY=acme/shop PULL=1 COMMENT=true SNAPSHOT='' FAIL_ON='' SARIF='' FROM_COMMAND='' GITHUB_TOKEN=none \
  GITHUB_API_URL=http://127.0.0.1:9 PATH="$(dirname "$node"):$PATH" bash -eo pipefail -c "$review" 2>&1) && exit 1
grep -q 'GitHub did not answer' <<< "$output"
echo "the action installs itself in $(du -sm node_modules | cut -f1) MB and runs"
