#include "tools/sound_report.h"

#include "dsp/level.h"
#include "tools/report_picture.h"
#include "tools/sound_blocks.h"

/* Levels and the sound to be played. */
static pinna_status listen(pinna_sound_blocks *blocks,
                           pinna_sound_player *player,
                           pinna_sound_report *report, pinna_error *error)
{
    pinna_level level = {0};
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        for (size_t c = 0; c < blocks->info.n_channels; c++)
            pinna_level_process(&level, blocks->channels[c], blocks->n);
        status = pinna_sound_player_take(player, blocks, error);
        if (status)
            return status;
    }
    if (status)
        return status;
    const double rate = (double)blocks->info.sample_rate;
    report->n_samples = blocks->n_done;
    report->duration_s = (double)blocks->n_done / rate;
    report->peak_db = pinna_level_peak_db(&level);
    report->rms_db = pinna_level_rms_db(&level);
    report->n_clipped = level.n_clipped;
    return pinna_sound_player_finish(player, &report->sound, error);
}

static pinna_status hear(const pinna_report_settings *settings,
                         const char *path, pinna_sound_report *report,
                         pinna_error *error)
{
    pinna_sound_blocks *blocks;
    pinna_sound_player player;

    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (status)
        return status;
    report->info = blocks->info;
    status =
        pinna_sound_player_open(blocks, settings->max_sound_s, &player, error);
    if (!status)
        status = listen(blocks, &player, report, error);
    if (!status)
        pinna_sound_blocks_warn(blocks, "pinna report");
    pinna_sound_player_close(&player);
    pinna_sound_blocks_close(blocks);
    return status;
}

pinna_status pinna_sound_report_make(const pinna_report_settings *settings,
                                     const char *path,
                                     pinna_sound_report *report,
                                     pinna_error *error)
{
    *report = (pinna_sound_report){.path = path};
    pinna_status status =
        pinna_vad_file(&settings->vad, path, NULL, &report->segments, error);
    if (!status)
        status = hear(settings, path, report, error);
    if (!status)
        status =
            pinna_report_picture(path, report->n_samples, &report->segments,
                                 &report->picture, error);
    return status;
}

void pinna_sound_report_free(pinna_sound_report *report)
{
    pinna_segments_free(&report->segments);
    pinna_picture_free(&report->picture);
    pinna_playable_free(&report->sound);
    *report = (pinna_sound_report){0};
}
