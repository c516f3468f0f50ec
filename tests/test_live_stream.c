#include "support.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/live_stream.h"
#include "tools/progress.h"

/* ---- a door to devices that the test opens and shuts ---- */

static struct {
    bool there;    /* the device is in the list */
    size_t number; /* its place there */
    bool calls;    /* its driver runs */
    bool stopped;  /* and has given up */
    bool late;     /* a block comes while it is closed */
    bool leaves;   /* its stream can be closed */
    size_t n_looked;
    size_t n_open; /* streams that are open, and PortAudio itself */
    size_t n_started;
    char wanted[300]; /* the name asked for last, "" for the default */
    pinna_device_config config;
} door;

enum { BLOCK = 160 };

static double now_s;

double __wrap_pinna_clock_s(void);
double __wrap_pinna_clock_s(void)
{
    return now_s;
}

pinna_status pinna_devices_open(pinna_error *error)
{
    (void)error;
    door.n_open++;
    return PINNA_OK;
}

void pinna_devices_close(void)
{
    door.n_open--;
}

void pinna_device_get(size_t index, pinna_device *device)
{
    assert_int_equal(index, door.number);
    *device = (pinna_device){.name = "mic", .api = "Test", .rate = 16000};
}

bool pinna_device_takes_rate(size_t index, pinna_device_side side, double rate)
{
    (void)side;
    assert_int_equal(index, door.number);
    return rate < 48000;
}

pinna_status pinna_device_find(const char *text, pinna_device_side side,
                               size_t *index, pinna_error *error)
{
    assert_int_equal(side, PINNA_DEVICE_IN);
    door.n_looked++;
    strcpy(door.wanted, text ? text : "");
    *index = door.number;
    return door.there ? PINNA_OK
                      : pinna_fail(error, PINNA_NOT_FOUND, "no device");
}

pinna_status pinna_device_stream_open(const pinna_device_config *config,
                                      pinna_device_stream **out,
                                      pinna_error *error)
{
    (void)error;
    door.config = *config;
    door.n_open++;
    door.n_started++;
    *out = malloc(1);
    return PINNA_OK;
}

static void call(void)
{
    static const float samples[BLOCK];
    const float *in[] = {samples};
    const pinna_device_block block = {.in = in, .n = BLOCK};

    door.stopped = !door.config.callback(door.config.user, &block);
}

bool pinna_device_stream_abandon(pinna_device_stream *stream)
{
    if (door.late)
        call();
    free(stream);
    door.n_open--;
    return door.leaves;
}

void pinna_device_stream_close(pinna_device_stream *stream)
{
    if (stream)
        pinna_device_stream_abandon(stream);
}

bool pinna_device_stream_runs(pinna_device_stream *stream)
{
    (void)stream;
    return !door.stopped;
}

double pinna_device_stream_latency_s(const pinna_device_stream *stream,
                                     pinna_device_side side)
{
    (void)stream;
    return side == PINNA_DEVICE_IN ? 0.01 : 0;
}

double pinna_device_stream_load(pinna_device_stream *stream)
{
    (void)stream;
    return 0.5;
}

/* ---- the stream behind it ---- */

static size_t n_heard;

static void hear(void *user, const float *const *in, float *const *out,
                 size_t n)
{
    (void)user;
    (void)in;
    assert_null(out);
    n_heard += n;
}

static pinna_live_stream *begin(const char *name, double duration_s)
{
    const pinna_live_stream_config config = {
        .has = {true, false},
        .names = {name, NULL},
        .n_channels = 1,
        .duration_s = duration_s,
    };
    pinna_live_stream *stream;

    memset(&door, 0, sizeof door);
    door.there = door.calls = door.leaves = true;
    door.number = 3;
    now_s = 100;
    n_heard = 0;
    assert_int_equal(pinna_live_stream_open(&config, &stream, NULL), PINNA_OK);
    assert_int_equal(door.n_started, 0);
    assert_int_equal(pinna_live_stream_start(stream, hear, NULL, NULL),
                     PINNA_OK);
    return stream;
}

/* 10 ms go by; the state after them, in *error why. */
static pinna_live_state step(pinna_live_stream *stream, pinna_error *error)
{
    now_s += 0.01;
    if (door.there && door.calls && !door.stopped)
        call();
    return pinna_live_stream_watch(stream, error);
}

/* Steps, all in the one state until one is in the other; the seconds that it
 * took. */
static double steps_until(pinna_live_stream *stream, pinna_live_state before,
                          pinna_live_state then, pinna_error *error)
{
    const double begun_s = now_s;

    for (int i = 0; i < 1000; i++) {
        const pinna_live_state state = step(stream, error);
        if (state == then)
            return now_s - begun_s;
        assert_int_equal(state, before);
    }
    fail_msg("it does not come to state %d", then);
    return 0;
}

static void stay(pinna_live_stream *stream, pinna_live_state state,
                 double seconds)
{
    for (int i = 0; i < (int)(100 * seconds + 0.5); i++)
        assert_int_equal(step(stream, NULL), state);
}

static void end(pinna_live_stream *stream)
{
    pinna_live_stream_close(stream);
    assert_int_equal(door.n_open, 0);
}

static void test_runs_to_its_end(void **state)
{
    (void)state;
    pinna_live_stream *stream = begin(NULL, 1.005);

    assert_close(pinna_live_stream_rate(stream), 16000, 0);
    assert_string_equal(pinna_live_stream_name(stream, PINNA_DEVICE_IN),
                        "Test: mic");
    assert_null(pinna_live_stream_name(stream, PINNA_DEVICE_OUT));
    assert_close(pinna_live_stream_latency_s(stream, PINNA_DEVICE_IN), 0.01, 0);
    steps_until(stream, PINNA_LIVE_RUNS, PINNA_LIVE_ENDED, NULL);
    assert_int_equal(n_heard, 16080);
    assert_int_equal(pinna_live_stream_counts(stream).n_samples, 16080);
    assert_int_equal(pinna_live_stream_counts(stream).n_losses, 0);
    end(stream);
}

/* Lost, told once, looked for under its name, and back when it calls: a stream
 * that opens and is silent is not back. */
static void test_goes_on_when_it_is_back(void **state)
{
    (void)state;
    pinna_live_stream *stream = begin("mi", 4);
    pinna_error error;

    stay(stream, PINNA_LIVE_RUNS, 1);
    door.calls = false;
    assert_close(steps_until(stream, PINNA_LIVE_RUNS, PINNA_LIVE_LOST, &error),
                 2, 0.05);
    assert_string_equal(error.text,
                        "Test: mic: lost; waiting until it is back");
    assert_int_equal(door.n_open, 0);
    assert_close(pinna_live_stream_load(stream), 0, 0);
    door.there = false;
    const size_t n_looked = door.n_looked;
    stay(stream, PINNA_LIVE_GONE, 3);
    assert_in_range(door.n_looked - n_looked, 5, 6);
    assert_int_equal(door.n_started, 1);
    assert_int_equal(door.n_open, 0);

    door.there = door.late = true;
    door.number = 1;
    stay(stream, PINNA_LIVE_GONE, 6);
    assert_in_range(door.n_started, 3, 4);
    assert_string_equal(door.wanted, "Test: mic");
    door.calls = true;
    assert_in_range((size_t)(1e3 * steps_until(stream, PINNA_LIVE_GONE,
                                               PINNA_LIVE_BACK, NULL)),
                    10, 600);
    door.late = false;
    stay(stream, PINNA_LIVE_RUNS, 1);

    /* A driver that has given up; and comes back at once. */
    door.stopped = true;
    assert_int_equal(step(stream, &error), PINNA_LIVE_LOST);
    door.stopped = false;
    steps_until(stream, PINNA_LIVE_GONE, PINNA_LIVE_BACK, NULL);
    steps_until(stream, PINNA_LIVE_RUNS, PINNA_LIVE_ENDED, NULL);
    assert_int_equal(n_heard, 4 * 16000);
    assert_int_equal(pinna_live_stream_counts(stream).n_losses, 2);
    end(stream);
}

/* The default is what is the default then. */
static void test_looks_for_the_default(void **state)
{
    (void)state;
    pinna_live_stream *stream = begin(NULL, 0);

    door.stopped = true;
    assert_int_equal(step(stream, NULL), PINNA_LIVE_LOST);
    door.stopped = false;
    steps_until(stream, PINNA_LIVE_GONE, PINNA_LIVE_BACK, NULL);
    assert_string_equal(door.wanted, "");
    end(stream);
}

/* One that cannot be closed, whenever. */
static void test_fails(void **state)
{
    (void)state;
    pinna_error error;

    for (int waits = 0; waits < 2; waits++) {
        pinna_live_stream *stream = begin("mic", 0);
        stay(stream, PINNA_LIVE_RUNS, 0.1);
        door.calls = false;
        if (waits)
            steps_until(stream, PINNA_LIVE_RUNS, PINNA_LIVE_LOST, &error);
        door.leaves = false;
        steps_until(stream, waits ? PINNA_LIVE_GONE : PINNA_LIVE_RUNS,
                    PINNA_LIVE_FAILED, &error);
        assert_string_equal(error.text, "Test: mic: lost");
        assert_int_equal(pinna_live_stream_counts(stream).n_losses, 1);
        end(stream);
    }
}

static pinna_status make(void)
{
    const pinna_live_stream_config config = {.has = {true, false},
                                             .n_channels = 1};
    pinna_live_stream *stream;

    door.there = true;
    const pinna_status status = pinna_live_stream_open(&config, &stream, NULL);
    assert_true(status == PINNA_OK || !stream);
    pinna_live_stream_close(stream);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
    pinna_live_stream_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_to_its_end),
        cmocka_unit_test(test_goes_on_when_it_is_back),
        cmocka_unit_test(test_looks_for_the_default),
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("live_stream", tests, NULL, NULL);
}
