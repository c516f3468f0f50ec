#include "tools/sound_player.h"

#include <errno.h>
#include <string.h>

pinna_status pinna_sound_player_open(const pinna_sound_blocks *blocks,
                                     double max_s, pinna_sound_player *player,
                                     pinna_error *error)
{
    const pinna_audio_info *info = &blocks->info;

    *player = (pinna_sound_player){
        .n_channels = info->n_channels <= 2 ? info->n_channels : 1,
        .n_left = (size_t)(max_s * (double)info->sample_rate),
        .sample_rate = (double)info->sample_rate,
    };
    if (player->n_left == 0)
        return PINNA_OK;
    const pinna_status status =
        pinna_temp_folder_make(blocks->path, &player->folder, error);
    if (status)
        return status;
    snprintf(player->path, sizeof player->path, "%s/sound.flac",
             player->folder.path);
    return pinna_audio_writer_open(player->path, info->sample_rate,
                                   player->n_channels, 0, &player->writer,
                                   error);
}

void pinna_sound_player_close(pinna_sound_player *player)
{
    pinna_audio_writer_abort(player->writer);
    pinna_temp_folder_remove(&player->folder);
}

pinna_status pinna_sound_player_take(pinna_sound_player *player,
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
    player->n_done += n;
    return pinna_audio_writer_write(player->writer, channels, n, error);
}

pinna_status pinna_sound_player_finish(pinna_sound_player *player,
                                       pinna_playable *playable,
                                       pinna_error *error)
{
    *playable = (pinna_playable){.duration_s = (double)player->n_done /
                                               player->sample_rate};
    if (!player->writer)
        return PINNA_OK;
    const pinna_status status =
        pinna_audio_writer_commit(player->writer, error);
    player->writer = NULL;
    if (status)
        return status;
    playable->flac = fopen(player->path, "rb");
    if (!playable->flac)
        return pinna_fail(error, PINNA_IO, "%s: %s", player->path,
                          strerror(errno));
    return PINNA_OK;
}

static pinna_status play_all(pinna_sound_blocks *blocks,
                             pinna_sound_player *player,
                             pinna_playable *playable, pinna_error *error)
{
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0 && player->n_left > 0) {
        status = pinna_sound_player_take(player, blocks, error);
        if (status)
            return status;
    }
    return status ? status : pinna_sound_player_finish(player, playable, error);
}

pinna_status pinna_playable_make(const char *path, double max_s,
                                 pinna_playable *playable, pinna_error *error)
{
    pinna_sound_blocks *blocks;
    pinna_sound_player player;

    *playable = (pinna_playable){0};
    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (status)
        return status;
    status = pinna_sound_player_open(blocks, max_s, &player, error);
    if (!status)
        status = play_all(blocks, &player, playable, error);
    pinna_sound_player_close(&player);
    pinna_sound_blocks_close(blocks);
    return status;
}

void pinna_playable_free(pinna_playable *playable)
{
    if (playable->flac)
        fclose(playable->flac);
    *playable = (pinna_playable){0};
}
