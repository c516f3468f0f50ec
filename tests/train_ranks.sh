#!/bin/sh
# tests/train_ranks.sh PINNA mpi|none -- training by several ranks under mpirun:
# the bits of one process, also after a rank is killed and after Ctrl-C
set -eu
. "$(dirname -- "$0")/sh_support.sh"
built_with=$2

cp "$sounds/digits.flac" a.flac
for text in "one two three" seven; do
    echo "{\"audio_filepath\": \"a.flac\", \"text\": \"$text\"}"
done >a.jsonl

what="a launcher without MPI in the build"
if [ "$built_with" = none ]; then
    code=0
    OMPI_COMM_WORLD_SIZE=2 "$pinna" train ctc --train a.jsonl -o x.safetensors \
        >out 2>err || code=$?
    expect 3 1
    holds err "built without MPI"
    finish
    echo "skipped the rest: built without MPI"
    exit 77
fi
if ! mpirun --version 2>/dev/null | grep -q "Open MPI"; then
    echo "skipped: there is no mpirun of Open MPI"
    exit 77
fi

# It refuses root, and more ranks than processors, unless told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun="mpirun --oversubscribe --bind-to none"
train="train ctc --plain --train a.jsonl --val a.jsonl --max-seconds 12 \
--hidden 16 --layers 1 --warmup 1 --batch 5 --steps 2000 --validate-every 100 \
--schedule plateau --lr-patience 1 -o m.safetensors --log log.csv"

# ranks OPTION...: two of them with a thread each, in the background; $launcher
# is mpirun, and pid.0 and pid.1 hold those of the ranks
ranks() {
    rm -f pid.0 pid.1
    : >err # else await() would read that of the run before
    # shellcheck disable=SC2016,SC2086 # for the ranks; lists of words
    $mpirun -np 2 sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$@"' sh \
        "$pinna" $train --threads 1 "$@" >out 2>err &
    launcher=$!
}

# await TEXT: wait for it in the log lines of the ranks
await() {
    n=0
    while ! grep -q "$1" err; do
        n=$((n + 1))
        if [ $n -gt 1200 ] || ! kill -0 $launcher 2>/dev/null; then
            fail "$what: \"$1\" has not come"
            return 0
        fi
        sleep 0.05
    done
}

# ended: of the launcher, its exit code to $code
ended() {
    code=0
    wait $launcher || code=$?
}

# log of the figures but the times
figures() {
    cut -d, -f1,3,4,5,7- "$1"
}

what="one process of two threads"
# shellcheck disable=SC2086 # a list of words
run $train --threads 2
expect 0 21
mv m.safetensors whole.safetensors
figures log.csv >whole.csv
rm m.safetensors.checkpoint log.csv

what="two ranks of one thread"
ranks
ended
[ "$code" -eq 0 ] || fail "$what: exit code $code"
# mpirun and its libraries may have lines of their own.
[ "$(grep -c "^step " err)" -eq 20 ] || fail "$what: not 20 validations"
same m.safetensors whole.safetensors
figures log.csv >ranks.csv
same ranks.csv whole.csv
rm m.safetensors* log.csv

what="a rank is killed"
ranks
await "^step 300 "
kill -9 "$(cat pid.1)"
ended
[ "$code" -ne 0 ] || fail "$what: exit code 0"
holds err "rank 1"
[ -s m.safetensors.checkpoint ] || fail "$what: no checkpoint"

what="Ctrl-C"
ranks --resume
await "^step [67]00 "
kill -INT $launcher
ended
[ "$code" -ne 0 ] || fail "$what: exit code 0"
[ "$(grep -c "^pinna train ctc: .*--resume goes on" err)" -eq 1 ] ||
    fail "$what: not one line"
grep -q "^step [12]00 " err && fail "$what: did not resume"
[ ! -e m.safetensors.lock ] || fail "$what: the lock is left"

what="one process goes on"
# shellcheck disable=SC2086 # a list of words
run $train --threads 2 --resume
[ "$code" -eq 0 ] || fail "$what: exit code $code"
same m.safetensors whole.safetensors
figures log.csv >parts.csv
same parts.csv whole.csv

# The small tasks: one process of two threads against two ranks of one.
awk 'BEGIN { print "x"; for (t = 0; t < 200; t++) print sin(t) }' >series.csv
yes "the cat sat on the mat." | head -n 99 >book.txt
{
    echo text,mood
    yes "not good,bad
very good,fine
good,fine" | head -n 60
} >moods.csv
yes "one,1
two,2
three,3" | head -n 60 >words.csv

# alike TASK OPTION...
alike() {
    task=$1
    shift
    what="train $task by ranks"
    for how in "" "$mpirun -np 2"; do
        threads=2
        [ -z "$how" ] || threads=1
        # shellcheck disable=SC2086 # lists of words
        $how "$pinna" train "$task" "$@" --steps 20 --validate-every 10 \
            --hidden 8 --threads $threads -o t.safetensors --log t.csv \
            >"$threads.out" 2>err || fail "$what: exit code $?"
        [ "$(grep -c "^step " err)" -eq 2 ] || fail "$what: not 2 validations"
        mv t.safetensors "$threads.safetensors"
        figures t.csv >"$threads.csv"
        rm t.safetensors.checkpoint t.csv
    done
    same 1.safetensors 2.safetensors
    same 1.csv 2.csv
    same 1.out 2.out
}
alike regress --train series.csv --dropout 0.2 --layers 2
alike generate --train book.txt --layers 2
alike classify --train moods.csv --words
alike classify --train a.jsonl --val a.jsonl
alike seq2seq --train words.csv --sampling 0.5

what="another table"
mkdir other
sed s/not/never/ moods.csv >other/moods.csv
code=0
# shellcheck disable=SC2086 # a list of words
timeout 120 $mpirun -np 1 "$pinna" train classify --train moods.csv \
    -o n.safetensors : -np 1 --wdir "$work/other" "$pinna" train classify \
    --train moods.csv -o n.safetensors >out 2>err || code=$?
[ "$code" -eq 3 ] || fail "$what: exit code $code"
holds err "^pinna train classify: rank 1 (.*): other "
[ ! -e n.safetensors.checkpoint ] || fail "$what: began"

# refused TEXT FOLDER OPTION...: a rank in the folder with these options does
# not go with another
refused() {
    text=$1
    folder=$2
    shift 2
    code=0
    # shellcheck disable=SC2086 # lists of words
    timeout 120 $mpirun -np 1 "$pinna" $train --threads 1 -o n.safetensors : \
        -np 1 --wdir "$work/$folder" "$pinna" $train --threads 1 \
        -o n.safetensors "$@" >out 2>err || code=$?
    [ "$code" -eq 3 ] || fail "$what: exit code $code"
    [ "$(grep -c "^pinna" err)" -eq 1 ] || fail "$what: not one line"
    holds err "^pinna train ctc: rank 1 (.*): $text"
    [ ! -e n.safetensors.checkpoint ] || fail "$what: began"
}
cp a.flac other
sed s/seven/eight/ a.jsonl >other/a.jsonl
what="another seed"
refused "other --seed than on rank 0" . --seed 2
what="another manifest"
refused "other validation recordings than on rank 0\|other training " other
rm other/a.flac
what="a recording that is missing"
refused "a.jsonl:1: no such file: .*a.flac" other

finish
