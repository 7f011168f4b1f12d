# Functions for the shell commands of tests (shell.h). They work in the scratch folder, with the
# pack faces.lkd and the config tiny.json of tiny.h.

export TRAIN="$L train tiny.json --data faces.lkd"
# train RUN OPTIONS...
train() { $TRAIN --out "$@"; }

# begun RUN: waits until the run that was started in the background trains
begun() { until [ -s "$1/metrics.csv" ]; do kill -0 $! || break; sleep 0.02; done; }

# refuse CALLS COMMAND...: runs it where the file system refuses those calls
refuse() { calls=$1 && shift && REFUSED_CALLS=$calls LD_PRELOAD=$REFUSER "$@"; }

# without_times RUN: its metrics, without times and rates
json_times='s/,"(images_per_second|seconds)":[^,}]*//g'
csv_times='s/(,[^,]*){2}$//'
without_times() {
    sed -E "$json_times" "$1/metrics.jsonl" && sed -E "$csv_times" "$1/metrics.csv"
}

# bare RUN FILES...: a copy without times, rates, its lock, its record of sessions, its report, its
# events for TensorBoard and FILES
bare() (
    rm -rf "bare_$1" && cp -r "$1" "bare_$1" && cd "bare_$1" && shift &&
        rm -rf .lock run.json report.html tensorboard "$@" &&
        sed -E -i "$json_times" metrics.jsonl && sed -E -i "$csv_times" metrics.csv
)

# same RUN OTHER FILES...: whether all their files but those have the same bytes, times aside
same() (
    one=$1 other=$2 && shift 2 && bare "$one" "$@" && bare "$other" "$@" &&
        diff -r "bare_$one" "bare_$other"
)

# continued RUN OTHER: the same for runs that were stopped, whose previous checkpoint may be of
# another step
continued() { same "$1" "$2" checkpoints/previous.safetensors; }
