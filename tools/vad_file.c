#include "tools/vad_file.h"

#include "tools/interrupt.h"
#include "tools/sound_blocks.h"

#include <math.h>

struct run {
    pinna_sound_blocks *input;
    pinna_vad *vad;
    pinna_endpoint endpoint;
    pinna_segments *segments;
    double start; /* of the segment under way */
    bool short_of_memory;
};

pinna_vad_settings pinna_vad_settings_default(void)
{
    return (pinna_vad_settings){
        .vad = pinna_vad_config_default(),
        .endpoint = pinna_endpoint_config_default(),
        .n_files = 1,
    };
}

static pinna_status open_run(struct run *run,
                             const pinna_vad_settings *settings,
                             const char *path, pinna_error *error)
{
    pinna_endpoint_config endpoint = settings->endpoint;
    pinna_error cause = {""};
    pinna_status status =
        pinna_sound_blocks_open(path, 0, 0, &run->input, error);
    if (status)
        return status;

    status = pinna_vad_new(&settings->vad, run->input->info.sample_rate,
                           &run->vad, &cause);
    if (!status) {
        endpoint.frame_shift_s = pinna_vad_frame_shift_s(run->vad);
        status = pinna_endpoint_init(&run->endpoint, &endpoint, &cause);
    }
    return status ? pinna_fail(error, status, "%s: %s", path, cause.text)
                  : PINNA_OK;
}

/* A segment that begins where the one before ended goes on with it. */
static void take_event(struct run *run, const pinna_endpoint_event *event)
{
    pinna_segments *segments = run->segments;
    pinna_segment *before =
        segments->n_items ? &segments->items[segments->n_items - 1] : NULL;

    if (event->type == PINNA_SPEECH_BEGIN)
        run->start = event->time_s;
    else if (before && run->start <= before->end)
        before->end = event->time_s;
    else if (pinna_segments_add(segments, run->start, event->time_s))
        run->short_of_memory = true;
}

static void pull_frames(struct run *run)
{
    pinna_vad_frame frame;
    pinna_endpoint_event event;

    while (pinna_vad_pull(run->vad, &frame))
        if (pinna_endpoint_process(&run->endpoint, frame.speech, &event))
            take_event(run, &event);
}

static void push_block(struct run *run)
{
    float mono[PINNA_SOUND_BLOCK];

    pinna_sound_blocks_mix(run->input, mono);
    for (size_t used = 0; used < run->input->n;) {
        used += pinna_vad_push(run->vad, mono + used, run->input->n - used);
        pull_frames(run);
    }
}

/* The last frame may reach beyond the end of the file. */
static void finish_stream(struct run *run)
{
    pinna_segments *segments = run->segments;
    pinna_endpoint_event event;

    pinna_vad_finish(run->vad);
    pull_frames(run);
    if (pinna_endpoint_finish(&run->endpoint, &event))
        take_event(run, &event);
    segments->duration_s =
        (double)run->input->n_done / (double)run->input->info.sample_rate;
    if (segments->n_items > 0) {
        pinna_segment *last = &segments->items[segments->n_items - 1];
        last->end = fmin(last->end, segments->duration_s);
    }
}

/* blocks -> frame decisions -> begins and ends -> segments. */
static pinna_status process_all(struct run *run,
                                const pinna_vad_settings *settings,
                                pinna_error *error)
{
    const double n_files = (double)settings->n_files;
    double share = 0;
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(run->input, error)) &&
           run->input->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              run->input->path);
        push_block(run);
        share += run->input->share;
        if (settings->progress)
            pinna_progress_add(settings->progress, run->input->share, n_files);
    }
    if (status)
        return status;
    if (settings->progress)
        pinna_progress_add(settings->progress, 1 - share, n_files);
    finish_stream(run);
    return run->short_of_memory
               ? pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                            run->input->path)
               : PINNA_OK;
}

pinna_status pinna_vad_file(const pinna_vad_settings *settings,
                            const char *path, const char *who,
                            pinna_segments *segments, pinna_error *error)
{
    struct run run = {.segments = segments};

    *segments = (pinna_segments){0};
    pinna_status status = open_run(&run, settings, path, error);
    if (!status)
        status = process_all(&run, settings, error);
    if (!status && who)
        pinna_sound_blocks_warn(run.input, who);
    pinna_vad_free(run.vad);
    pinna_sound_blocks_close(run.input);
    return status;
}
