#include "tools/sound_report.h"

#include "dsp/level.h"
#include "tools/report_picture.h"
#include "tools/sound_blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sound to be played on its way into a file, which has no name any more
 * when it is done. Browsers play one or two channels; more are averaged. */
struct player {
    pinna_audio_writer *writer;
    size_t n_channels;
    size_t n_left; /* samples that still fit */
    char folder[1024], path[1040];
};

static pinna_status open_player(const pinna_sound_blocks *blocks,
                                double max_sound_s, struct player *player,
                                pinna_error *error)
{
    const pinna_audio_info *info = &blocks->info;
    const char *root = getenv("TMPDIR");

    *player = (struct player){
        .n_channels = info->n_channels <= 2 ? info->n_channels : 1,
        .n_left = (size_t)(max_sound_s * (double)info->sample_rate)};
    if (player->n_left == 0)
        return PINNA_OK;
    if (!root || !*root || strlen(root) > 1000)
        root = "/tmp";
    snprintf(player->folder, sizeof player->folder, "%s/pinna-XXXXXX", root);
    if (!mkdtemp(player->folder)) {
        const int cause = errno;
        player->folder[0] = '\0';
        return pinna_fail(error, PINNA_IO, "%s: no temporary folder: %s",
                          blocks->path, strerror(cause));
    }
    snprintf(player->path, sizeof player->path, "%s/sound.flac",
             player->folder);
    return pinna_audio_writer_open(player->path, info->sample_rate,
                                   player->n_channels, 0, &player->writer,
                                   error);
}

static void close_player(struct player *player)
{
    pinna_audio_writer_abort(player->writer);
    if (!player->folder[0])
        return;
    unlink(player->path);
    rmdir(player->folder);
}

static pinna_status play_block(struct player *player,
                               const pinna_sound_blocks *blocks,
                               pinna_error *error)
{
    float mono[PINNA_SOUND_BLOCK];
    const float *channels[2] = {blocks->channels[0], blocks->channels[1]};
    const size_t n = blocks->n < player->n_left ? blocks->n : player->n_left;

    if (n == 0)
        return PINNA_OK;
    if (blocks->info.n_channels > 2) {
        pinna_sound_blocks_mix(blocks, mono);
        channels[0] = mono;
    }
    player->n_left -= n;
    return pinna_audio_writer_write(player->writer, channels, n, error);
}

static pinna_status finish_player(struct player *player,
                                  pinna_sound_report *report,
                                  pinna_error *error)
{
    if (!player->writer)
        return PINNA_OK;
    const pinna_status status =
        pinna_audio_writer_commit(player->writer, error);
    player->writer = NULL;
    if (status)
        return status;
    report->sound = fopen(player->path, "rb");
    if (!report->sound)
        return pinna_fail(error, PINNA_IO, "%s: %s", player->path,
                          strerror(errno));
    return PINNA_OK;
}

/* Levels and the sound to be played. */
static pinna_status listen(pinna_sound_blocks *blocks, struct player *player,
                           pinna_sound_report *report, pinna_error *error)
{
    const size_t n_fits = player->n_left;
    pinna_level level = {0};
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        for (size_t c = 0; c < blocks->info.n_channels; c++)
            pinna_level_process(&level, blocks->channels[c], blocks->n);
        status = play_block(player, blocks, error);
        if (status)
            return status;
    }
    if (status)
        return status;
    const double rate = (double)blocks->info.sample_rate;
    report->n_samples = blocks->n_done;
    report->duration_s = (double)blocks->n_done / rate;
    report->sound_s = (double)(n_fits - player->n_left) / rate;
    report->peak_db = pinna_level_peak_db(&level);
    report->rms_db = pinna_level_rms_db(&level);
    report->n_clipped = level.n_clipped;
    return finish_player(player, report, error);
}

static pinna_status hear(const pinna_report_settings *settings,
                         const char *path, pinna_sound_report *report,
                         pinna_error *error)
{
    pinna_sound_blocks *blocks;
    struct player player;

    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (status)
        return status;
    report->info = blocks->info;
    status = open_player(blocks, settings->max_sound_s, &player, error);
    if (!status)
        status = listen(blocks, &player, report, error);
    if (!status)
        pinna_sound_blocks_warn(blocks, "pinna report");
    close_player(&player);
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
    if (report->sound)
        fclose(report->sound);
    *report = (pinna_sound_report){0};
}
