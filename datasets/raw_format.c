#include "datasets/raw_format.h"

#include "datasets/audio_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[PINNA_N_RAW_KINDS] = {"u8", "s16", "s24", "s32",
                                                     "f32"};

/* ":48000" at *text, which goes behind it. */
static bool take_number(const char **text, unsigned long least,
                        unsigned long most, unsigned long *number)
{
    char *end;

    if (**text != ':' || !isdigit((unsigned char)(*text)[1]))
        return false;
    *number = strtoul(*text + 1, &end, 10);
    *text = end;
    return *number >= least && *number <= most;
}

bool pinna_raw_format_parse(const char *text, pinna_raw_format *format)
{
    const size_t n_name = strcspn(text, ":");
    const char *rest = text + n_name;
    unsigned long rate, n_channels;
    int kind = 0;

    while (kind < PINNA_N_RAW_KINDS && (strlen(names[kind]) != n_name ||
                                        memcmp(names[kind], text, n_name) != 0))
        kind++;
    if (kind == PINNA_N_RAW_KINDS ||
        !take_number(&rest, PINNA_MIN_SAMPLE_RATE, PINNA_MAX_SAMPLE_RATE,
                     &rate) ||
        !take_number(&rest, 1, PINNA_MAX_CHANNELS, &n_channels) || *rest)
        return false;
    *format = (pinna_raw_format){
        .kind = (pinna_raw_kind)kind,
        .sample_rate = (unsigned)rate,
        .n_channels = n_channels,
    };
    return true;
}
