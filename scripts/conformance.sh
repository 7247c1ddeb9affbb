#!/bin/sh
# Everything that judges wgo with software nobody here wrote. Usage: conformance.sh BUILD_FOLDER
# A part that is absent here says SKIPPED and is counted; it never passes silently.
set -u
build=$1
failed=0
skipped=0
run() {
  name=$1
  shift
  echo "== $name"
  "$@"
  code=$?
  if [ "$code" -eq 77 ]; then
    skipped=$((skipped + 1))
  elif [ "$code" -ne 0 ]; then
    failed=$((failed + 1))
  fi
}
run "a real Kubernetes API server" python3 tests/conformance/k8s/run.py --wgo "$build/wgo" \
  --build-dir build/conformance/k8s
run "moto, judged by boto3" python3 tests/conformance/aws/run.py --wgo "$build/wgo" \
  --build-dir build/conformance/aws
run "Google's and Microsoft's clients" python3 tests/conformance/sdk/run.py --wgo "$build/wgo" \
  --build-dir build/conformance/sdk
run "kubectl against fakecloud" python3 tests/support/fakecloud/selftest.py \
  --fakecloud "$build/fakecloud"
run "labelled tests" ctest --test-dir "$build" -L '^conformance$' --output-on-failure
echo "conformance: $failed parts failed, $skipped skipped"
[ "$failed" -eq 0 ]
