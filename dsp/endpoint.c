#include "dsp/endpoint.h"

#include <math.h>

pinna_endpoint_config pinna_endpoint_config_default(void)
{
    return (pinna_endpoint_config){
        .frame_shift_s = 0.01,
        .onset_ms = 100,
        .hang_over_ms = 300,
        .min_speech_ms = 100,
        .look_back_ms = 100,
    };
}

static pinna_status check_ms(const char *what, double ms, pinna_error *error)
{
    if (ms >= 0 && ms <= 60000)
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_ARG, "%s %g ms is not within 0 to 60000",
                      what, ms);
}

pinna_status pinna_endpoint_init(pinna_endpoint *endpoint,
                                 const pinna_endpoint_config *config,
                                 pinna_error *error)
{
    *endpoint = (pinna_endpoint){.config = *config};
    if (!(config->frame_shift_s > 0) || !isfinite(config->frame_shift_s))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "frame shift %g s is not above 0",
                          config->frame_shift_s);
    pinna_status status = check_ms("onset", config->onset_ms, error);
    if (!status)
        status = check_ms("hang-over", config->hang_over_ms, error);
    if (!status)
        status = check_ms("least speech", config->min_speech_ms, error);
    if (!status)
        status = check_ms("look-back", config->look_back_ms, error);
    return status;
}

void pinna_endpoint_reset(pinna_endpoint *endpoint)
{
    *endpoint = (pinna_endpoint){.config = endpoint->config};
}

/* Milliseconds of n frames. */
static double frames_ms(const pinna_endpoint *endpoint, uint64_t n)
{
    /* A part in a million more, so that 5 frames of 10 ms are 50 ms in spite
     * of rounding. */
    return 1000 * endpoint->config.frame_shift_s * (double)n * (1 + 1e-6);
}

static void tell_begin(pinna_endpoint *endpoint, pinna_endpoint_event *event)
{
    const pinna_endpoint_config *config = &endpoint->config;
    const double first_s = (double)endpoint->first * config->frame_shift_s;

    endpoint->phase = PINNA_ENDPOINT_INSIDE;
    *event = (pinna_endpoint_event){
        PINNA_SPEECH_BEGIN,
        fmax(first_s - config->look_back_ms / 1000, endpoint->end_s)};
}

static void tell_end(pinna_endpoint *endpoint, pinna_endpoint_event *event)
{
    const pinna_endpoint_config *config = &endpoint->config;
    const double shift_s = config->frame_shift_s;
    const double now_s = (double)endpoint->n_frames * shift_s;

    endpoint->phase = PINNA_ENDPOINT_OUTSIDE;
    endpoint->end_s = fmin(
        (double)endpoint->last * shift_s + config->hang_over_ms / 1000, now_s);
    *event = (pinna_endpoint_event){PINNA_SPEECH_END, endpoint->end_s};
}

/* Speech in the latest frame. */
static bool take_speech(pinna_endpoint *endpoint, pinna_endpoint_event *event)
{
    const pinna_endpoint_config *config = &endpoint->config;
    const uint64_t now = endpoint->n_frames;

    endpoint->last = now;
    if (endpoint->phase == PINNA_ENDPOINT_OUTSIDE &&
        frames_ms(endpoint, now - endpoint->run_begin) >= config->onset_ms) {
        endpoint->first = endpoint->run_begin;
        endpoint->phase = PINNA_ENDPOINT_MAYBE;
    }
    if (endpoint->phase == PINNA_ENDPOINT_MAYBE &&
        frames_ms(endpoint, now - endpoint->first) >= config->min_speech_ms) {
        tell_begin(endpoint, event);
        return true;
    }
    return false;
}

/* None in it. */
static bool take_pause(pinna_endpoint *endpoint, pinna_endpoint_event *event)
{
    const pinna_endpoint_phase phase = endpoint->phase;
    const uint64_t n_pause = endpoint->n_frames - endpoint->last;

    if (phase == PINNA_ENDPOINT_OUTSIDE ||
        frames_ms(endpoint, n_pause) < endpoint->config.hang_over_ms)
        return false;
    endpoint->phase = PINNA_ENDPOINT_OUTSIDE;
    if (phase == PINNA_ENDPOINT_MAYBE)
        return false;
    tell_end(endpoint, event);
    return true;
}

bool pinna_endpoint_process(pinna_endpoint *endpoint, bool speech,
                            pinna_endpoint_event *event)
{
    if (speech && !endpoint->was_speech)
        endpoint->run_begin = endpoint->n_frames;
    endpoint->was_speech = speech;
    endpoint->n_frames++;
    return speech ? take_speech(endpoint, event) : take_pause(endpoint, event);
}

bool pinna_endpoint_finish(pinna_endpoint *endpoint,
                           pinna_endpoint_event *event)
{
    if (endpoint->phase != PINNA_ENDPOINT_INSIDE)
        return false;
    tell_end(endpoint, event);
    return true;
}
