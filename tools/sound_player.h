/* tools/sound_player.h -- the sound behind a player on a web page: a FLAC of
 * the first seconds
 *
 * Browsers play one or two channels; more are averaged. */
#ifndef PINNA_TOOLS_SOUND_PLAYER_H
#define PINNA_TOOLS_SOUND_PLAYER_H

#include "dsp/status.h"
#include "tools/sound_blocks.h"
#include "tools/temp_folder.h"

#include <stddef.h>
#include <stdio.h>

/* Of a page, as far as the user does not say. */
#define PINNA_PLAYER_MAX_S 300

/* What can be played, once it is whole. */
typedef struct pinna_playable {
    FILE *flac; /* without a name any more; NULL when none is wanted */
    double duration_s;
} pinna_playable;

/* A sound on its way into it. */
typedef struct pinna_sound_player {
    pinna_audio_writer *writer;
    size_t n_channels;
    size_t n_done, n_left; /* samples; that still fit */
    double sample_rate;
    pinna_temp_folder folder;
    char path[1040];
} pinna_sound_player;

/* For the blocks that follow; max_s 0: for none. */
pinna_status pinna_sound_player_open(const pinna_sound_blocks *blocks,
                                     double max_s, pinna_sound_player *player,
                                     pinna_error *error);
pinna_status pinna_sound_player_take(pinna_sound_player *player,
                                     const pinna_sound_blocks *blocks,
                                     pinna_error *error);
/* playable is to be freed. */
pinna_status pinna_sound_player_finish(pinna_sound_player *player,
                                       pinna_playable *playable,
                                       pinna_error *error);
/* After every open(), done or failed. */
void pinna_sound_player_close(pinna_sound_player *player);

/* All of this for a whole file. */
pinna_status pinna_playable_make(const char *path, double max_s,
                                 pinna_playable *playable, pinna_error *error);
void pinna_playable_free(pinna_playable *playable);

#endif
