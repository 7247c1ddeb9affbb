#!/bin/sh
# The main job, without any account: an AWS organisation, three projects of Google Cloud, two subscriptions of
# Azure and two Kubernetes clusters of fakecloud, and two Terraform states, in one snapshot. Everything stays in the build folder, and nothing of the user's own
# configuration or credentials is read. Usage: demo.sh BUILD_FOLDER
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work="$build/demo"
rm -rf "$work"
mkdir -p "$work/home/.aws" "$work/state" "$work/config"
cp -R "$here/examples/demo" "$work/terraform"

"$build/fakecloud" --port 0 --port-file "$work/port" --max-seconds 300 \
  --aws-accounts 2 --aws-regions 2 --aws-verify \
  --gcp-projects 3 --gcp-objects 400 --gcp-write-key "$work/home/gcp-key.json" \
  --azure-subscriptions 2 --azure-objects 600 --azure-verify --azure-tenant 11111111-2222-4333-8444-555555555555 \
  --cluster production:objects=3000,namespaces=12 --cluster staging:objects=400,seed=7 \
  --write-kubeconfig "$work/kubeconfig" \
  >"$work/fakecloud.log" 2>&1 &
fakecloud=$!
trap 'kill $fakecloud 2>/dev/null || true' EXIT INT TERM
tries=0
until [ -s "$work/port" ] && [ -s "$work/kubeconfig" ] && [ -s "$work/home/gcp-key.json" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$fakecloud" 2>/dev/null; then
    echo "fakecloud did not start:" >&2
    cat "$work/fakecloud.log" >&2
    exit 1
  fi
  sleep 0.05
done

cloud="http://127.0.0.1:$(cat "$work/port")"
# The profile of somebody in the management account. The keys are fakecloud's; no AWS knows them.
cat >"$work/home/.aws/config" <<CONFIG
[default]
region = eu-west-1
endpoint_url = $cloud
aws_access_key_id = AKIAFAKE100000000001
aws_secret_access_key = secret-of-100000000001
CONFIG

cat >"$work/config/config.yaml" <<CONFIG
providers:
  aws:
    org: true # both accounts, the second one through its role
    regions: [all]
    resource_types: # what fakecloud serves whole
      - aws_instance
      - aws_subnet
      - aws_security_group
      - aws_ebs_volume
      - aws_network_interface
      - aws_db_instance
      - aws_iam_role
      - aws_iam_user
      - aws_sqs_queue
      - aws_sns_topic
      - aws_lb
      - aws_ecs_cluster
      - aws_ecs_service
      - aws_eks_cluster
      - aws_eks_node_group
      - aws_cloudwatch_log_group
  azure:
    azure_sources: [graph] # what children have to tell costs a call each, and Azure allows 25 a second
  kubernetes:
    context: [all]
terraform:
  clusters: # which cluster the kubernetes_* resources of a state live in
    - state: "*/platform/*"
      cluster: 7aa51e7d-7f67-4bb6-85b7-2a19fc9381cc # production's, as fakecloud makes it
CONFIG

command="wgo scan --all --concurrent --max-workers 8 --output-file snapshot.json"
echo "fakecloud plays two AWS accounts with two regions each, three projects of Google Cloud, two subscriptions of"
echo "Azure and two Kubernetes clusters; two Terraform states lie in ./terraform, and what one of them manages there"
echo "is in the snapshot once, with both sources"
echo "\$ $command"
cd "$work/terraform"
code=0
# Nothing of AWS_* and its like and no other home: whatever the user has configured stays out.
env -i PATH="$PATH" HOME="$work/home" LANG="${LANG:-C.UTF-8}" TERM="${TERM:-dumb}" \
  AWS_EC2_METADATA_DISABLED=true \
  GOOGLE_APPLICATION_CREDENTIALS="$work/home/gcp-key.json" WGO_GCP_ENDPOINT="$cloud/gcp/{service}" \
  AZURE_TENANT_ID=11111111-2222-4333-8444-555555555555 \
  AZURE_CLIENT_ID=a0000000-0000-4000-a000-000000000001 AZURE_CLIENT_SECRET=fake-secret \
  WGO_AZURE_ENDPOINT="$cloud/azure/arm" AZURE_AUTHORITY_HOST="$cloud/azure/login" \
  KUBECONFIG="$work/kubeconfig" WGO_CONFIG="$work/config/config.yaml" WGO_STATE_DIR="$work/state" \
  WGO_TERRAFORM_PATH="$work/terraform" \
  "$build/wgo" scan --all --concurrent --max-workers 8 --output-file "$work/snapshot.json" || code=$?
[ "$code" -eq 0 ] || exit "$code"
echo
echo "The snapshot: ${work#"$here"/}/snapshot.json"
echo "Look at it:   jq '.resources[] | {id, type, tags}' ${work#"$here"/}/snapshot.json | less"
