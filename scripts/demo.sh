#!/bin/sh
# The main job, without any account: two Kubernetes clusters of fakecloud and two Terraform states in one
# snapshot. Everything stays in the build folder. Usage: demo.sh BUILD_FOLDER
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work="$build/demo"
rm -rf "$work"
mkdir -p "$work/home" "$work/state" "$work/config"
cp -R "$here/examples/demo" "$work/terraform"

"$build/fakecloud" --port 0 --port-file "$work/port" --max-seconds 300 \
  --cluster production:objects=3000,namespaces=12 --cluster staging:objects=400,seed=7 \
  --write-kubeconfig "$work/kubeconfig" \
  >"$work/fakecloud.log" 2>&1 &
fakecloud=$!
trap 'kill $fakecloud 2>/dev/null || true' EXIT INT TERM
tries=0
until [ -s "$work/port" ] && [ -s "$work/kubeconfig" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$fakecloud" 2>/dev/null; then
    echo "fakecloud did not start:" >&2
    cat "$work/fakecloud.log" >&2
    exit 1
  fi
  sleep 0.05
done

cat >"$work/config/config.yaml" <<CONFIG
providers:
  kubernetes:
    context: [all]
terraform:
  clusters: # which cluster the kubernetes_* resources of a state live in
    - state: "*/platform/*"
      cluster: 7aa51e7d-7f67-4bb6-85b7-2a19fc9381cc # production's, as fakecloud makes it
CONFIG

command="wgo scan --all --concurrent --max-workers 8 --output-file snapshot.json"
echo "fakecloud plays two Kubernetes clusters; two Terraform states lie in ./terraform, and one of them"
echo "manages a namespace of the first cluster: it is in the snapshot once, with both sources"
echo "\$ $command"
cd "$work/terraform"
env -i PATH="$PATH" HOME="$work/home" LANG="${LANG:-C.UTF-8}" TERM="${TERM:-dumb}" \
  KUBECONFIG="$work/kubeconfig" WGO_CONFIG="$work/config/config.yaml" WGO_STATE_DIR="$work/state" \
  WGO_TERRAFORM_PATH="$work/terraform" \
  "$build/wgo" scan --all --concurrent --max-workers 8 --output-file "$work/snapshot.json"
echo
echo "The snapshot: ${work#"$here"/}/snapshot.json"
echo "Look at it:   jq '.resources[] | {id, type, tags}' ${work#"$here"/}/snapshot.json | less"
