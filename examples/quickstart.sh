#!/bin/sh
# The main job on a realistic shop: plan, apply, a day passes, plan again, run.
set -eu
cdp=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
dir=$(mktemp -d "${TMPDIR:-/tmp}/cdp-shop-XXXXXX")
say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n$ %s\n' "$*"; }
cd "$dir"
CDP_AS_OF=$(date -u +%Y-%m-%dT00:00:00Z)
export CDP_AS_OF

say "cdp init --example shop"
"$cdp" init --example shop
say "cdp plan"
"$cdp" plan
say "cdp apply --auto-approve"
"$cdp" apply --auto-approve
say 'cdp query "select segment, count(*) as members from customer.segments group by 1 order by 1"'
"$cdp" query "select segment, count(*) as members from customer.segments group by 1 order by 1"

echo
echo "A day passes: new orders, changed e-mails, people who leave the newsletter."
"$cdp" init --example shop --day 1 >/dev/null
say "cdp plan --refresh all"
"$cdp" plan --refresh all
say "cdp run"
"$cdp" run
say "cdp status"
"$cdp" status

echo
echo "The shop is in $dir: change its HCL, then cdp plan."
