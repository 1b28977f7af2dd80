# shellcheck shell=bash
# Runs the fuzzers, which are src/*/NAME_fuzz.cpp. Sourced by dev.

fuzzers() {
    local file
    for file in src/*/*_fuzz.cpp; do
        [[ -f $file ]] || continue
        file=${file##*/}
        echo "${file%_fuzz.cpp}"
    done | sort
}

# fuzz_all SECONDS [RUNS]
fuzz_all() {
    local name names=() targets=()
    mapfile -t names < <(fuzzers)
    ((${#names[@]})) || return 0
    for name in "${names[@]}"; do
        targets+=("${name}_fuzz")
    done
    build asan "${targets[@]}"
    for name in "${names[@]}"; do
        fuzz "$name" "$@"
        count 1 0
    done
}

# fuzz NAME SECONDS [RUNS]: until either is used up.
# What it finds is written to build/fuzz/NAME; the seeds of tests/fuzz/NAME_fuzz, a handful of real
# samples, are only read. Without any, a fuzzer of a real format seldom gets past the first byte.
fuzz() {
    local name=$1 seconds=$2 runs=${3:--1} found=build/fuzz/$1 seeds=tests/fuzz/$1_fuzz log
    mkdir -p "$found"
    log=$found.log
    say "fuzzing $name for ${3:+$3 runs or }$seconds s (found inputs: $found, log: $log)"
    sanitizer_options
    [[ -n $(ls "$seeds" 2>/dev/null) ]] || fail "$name has no seeds: put samples into $seeds"
    build/asan/"${name}_fuzz" -max_total_time="$seconds" -runs="$runs" -rss_limit_mb=2048 -timeout=10 \
        -artifact_prefix="$found/bad-" -print_final_stats=1 \
        "$found" "$seeds" >"$log" 2>&1 || { tail -n 50 "$log" && return 1; }
    fuzz_figures "$name" "$log"
}

# chunked: 1234567 executions in 60 s, 120 new inputs, 80 MiB
fuzz_figures() {
    awk -v name="$1" '
        /^Done [0-9]+ runs in/ { runs = $2; seconds = $5 }
        /^stat::new_units_added/ { found = $2 }
        /^stat::peak_rss_mb/ { memory = $2 }
        END {
            if (!runs) { print name ": no run was counted"; exit 1 }
            printf "%s: %d executions in %d s, %d new inputs, %d MiB\n",
                name, runs, seconds, found, memory
        }' "$2"
}
