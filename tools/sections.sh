# shellcheck shell=bash
# Runs ./dev's tests section by section, and sums what all their runners counted. Sourced by dev.

begin_sections() {
    mkdir -p build
    counts=$(mktemp build/counts-XXXXXX)
    summary=()
    failed_sections=0
}

# section NAME COMMAND...: the command runs in a shell of its own, where any failure ends it; the
# sections after it go on.
section() {
    local name=$1 start=$SECONDS status=0 word=ok failures
    shift
    say "== $name"
    failures=$(sum_counts 2)
    set +e
    (
        set -e
        "$@"
    ) </dev/null
    status=$?
    set -e
    if ((status != 0)); then
        word=FAILED
        failed_sections=$((failed_sections + 1))
        # What fails without a count of its own, a build say, counts as one.
        (($(sum_counts 2) > failures)) || count 0 1
    fi
    summary+=("$(printf '%-36s %6d s  %s' "$name" $((SECONDS - start)) "$word")")
}

end_sections() {
    local passed failed skipped line
    passed=$(sum_counts 1) failed=$(sum_counts 2) skipped=$(sum_counts 3)
    rm -f "$counts"
    say '== summary'
    printf '%s\n' "${summary[@]}"
    line="$passed passed, $failed failed"
    ((skipped == 0)) || line+=", $skipped skipped"
    printf '\n%s\n' "$line"
    ((failed == 0 && failed_sections == 0 && passed > 0))
}

# count PASSED FAILED [SKIPPED]; outside of sections nothing is summed.
count() {
    [[ -z ${counts:-} ]] || echo "$1 $2 ${3:-0}" >>"$counts"
}

sum_counts() {
    awk -v column="$1" '{ sum += $column } END { print sum + 0 }' "$counts"
}

count_ctest() {
    local totals
    totals=$(python3 -c '
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
total, failed = int(suite.get("tests")), int(suite.get("failures"))
skipped = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
print(total - failed - skipped, failed, skipped)' "$1") || return 0
    # shellcheck disable=SC2086  # three words
    count $totals
}

count_tap() {
    local totals
    totals=$(awk '/^# (pass|fail|cancelled|skipped|todo) [0-9]+$/ { n[$2] = $3 }
        END { print n["pass"] + 0, n["fail"] + n["cancelled"], n["skipped"] + n["todo"] }' "$1")
    # shellcheck disable=SC2086  # three words
    count $totals
}
