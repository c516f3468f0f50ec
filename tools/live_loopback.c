#include "tools/live_loopback.h"

#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/json_writer.h"
#include "tools/loopback.h"
#include "tools/progress.h"

#include <stdio.h>

static int fail(const char *text, int code)
{
    pinna_message("pinna live denoise: %s", text);
    return code;
}

static void report(const pinna_live_stream *stream, double measured_s,
                   double denoiser_s, bool machine)
{
    const double reported_s =
        pinna_live_stream_latency_s(stream, PINNA_DEVICE_IN) +
        pinna_live_stream_latency_s(stream, PINNA_DEVICE_OUT);
    const size_t n_xruns = pinna_live_stream_counts(stream).n_xruns;
    pinna_json json = {.file = stdout};

    if (!machine) {
        printf("measured from output to input  %8.2f ms\n"
               "reported by the devices        %8.2f ms\n"
               "with the denoiser in between   %8.2f ms\n",
               1e3 * measured_s, 1e3 * reported_s,
               1e3 * (measured_s + denoiser_s));
        if (n_xruns > 0)
            printf("%zu xruns: measure again\n", n_xruns);
        return;
    }
    pinna_json_open(&json, NULL, '{');
    pinna_json_string(&json, "input",
                      pinna_live_stream_name(stream, PINNA_DEVICE_IN));
    pinna_json_string(&json, "output",
                      pinna_live_stream_name(stream, PINNA_DEVICE_OUT));
    pinna_json_number(&json, "sample_rate", pinna_live_stream_rate(stream), 0);
    pinna_json_number(&json, "measured_ms", 1e3 * measured_s, 3);
    pinna_json_number(&json, "reported_ms", 1e3 * reported_s, 3);
    pinna_json_number(&json, "with_denoiser_ms",
                      1e3 * (measured_s + denoiser_s), 3);
    pinna_json_count(&json, "xruns", n_xruns);
    pinna_json_close(&json, '}');
}

static int measure(pinna_live_stream *stream, pinna_loopback *loopback,
                   double denoiser_s, bool json)
{
    pinna_live_state state = PINNA_LIVE_RUNS;
    pinna_error error;
    size_t delay;

    if (pinna_live_stream_start(stream, pinna_loopback_process, loopback,
                                &error))
        return fail(error.text, PINNA_EXIT_START);
    while (state == PINNA_LIVE_RUNS) {
        if (pinna_interrupted())
            return PINNA_EXIT_INTERRUPTED;
        pinna_live_wait(20, false);
        state = pinna_live_stream_watch(stream, &error);
    }
    if (state != PINNA_LIVE_ENDED)
        return fail("a device was lost in the loopback test", PINNA_EXIT_INPUT);
    const pinna_status found = pinna_loopback_find(loopback, &delay);
    if (found == PINNA_NO_MEMORY)
        return fail("out of memory", PINNA_EXIT_INPUT);
    if (found)
        return fail("nothing of what was played came back: lead the output to "
                    "the input",
                    PINNA_EXIT_INPUT);
    report(stream, (double)delay / pinna_live_stream_rate(stream), denoiser_s,
           json);
    return PINNA_EXIT_DONE;
}

int pinna_live_loopback(pinna_live_stream **stream, double denoiser_s,
                        bool json)
{
    pinna_loopback *loopback;

    if (pinna_loopback_new(pinna_live_stream_rate(*stream), &loopback))
        return fail("out of memory", PINNA_EXIT_START);
    const int code = measure(*stream, loopback, denoiser_s, json);
    /* It may still run, after Ctrl-C. */
    pinna_live_stream_close(*stream);
    *stream = NULL;
    pinna_loopback_free(loopback);
    return code;
}
