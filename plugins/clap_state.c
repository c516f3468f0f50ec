/* plugins/clap_state.c -- the state of the CLAP plugin as bytes
 *
 * Numbers are little-endian and of 32 bits:
 *   "pinna 1\n"
 *   n, then n times: id of a parameter, bits of its value as float
 *   length of the model's path and the path, without an end; 0 for the default
 * Ids that are unknown are passed over, so that a later version can add some;
 * what is missing gets its default. */
#include "plugins/clap_plugin.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC "pinna 1\n"

/* Of a path, and of all: more is no state of ours. */
enum { MAGIC_SIZE = 8, MAX_PATH = 4096, MAX_PARAMS = 64 };
enum { MAX_STATE = MAGIC_SIZE + 4 + 8 * MAX_PARAMS + 4 + MAX_PATH };

static unsigned char *put_number(unsigned char *to, uint32_t number)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (unsigned char)(number >> (8 * i));
    return to + 4;
}

static uint32_t get_number(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static bool save(const clap_plugin_t *plugin, const clap_ostream_t *stream)
{
    pinna_clap *clap = plugin->plugin_data;
    unsigned char state[MAX_STATE];
    const size_t n_path = clap->model_path ? strlen(clap->model_path) : 0;

    memcpy(state, MAGIC, MAGIC_SIZE);
    unsigned char *to = state + MAGIC_SIZE + 4;
    uint32_t n = 0;
    for (size_t i = 0; i < clap->n_params; i++) {
        if (pinna_clap_is_read_only(clap->params[i]))
            continue;
        const float value = atomic_load(&clap->values[clap->params[i]]);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        to = put_number(to, pinna_clap_id(clap->params[i]));
        to = put_number(to, bits);
        n++;
    }
    put_number(state + MAGIC_SIZE, n);
    to = put_number(to, (uint32_t)n_path);
    if (n_path > 0)
        memcpy(to, clap->model_path, n_path);
    to += n_path;

    for (const unsigned char *from = state; from < to;) {
        const int64_t n_written =
            stream->write(stream, from, (uint64_t)(to - from));
        if (n_written <= 0)
            return false;
        from += n_written;
    }
    return true;
}

/* The whole stream; 0 bytes for one that fails or is too long. */
static size_t read_all(const clap_istream_t *stream, unsigned char *state)
{
    size_t n_read = 0;

    for (;;) {
        unsigned char one_more;
        const size_t n_left = MAX_STATE - n_read;
        const int64_t n =
            stream->read(stream, n_left > 0 ? state + n_read : &one_more,
                         n_left > 0 ? n_left : 1);
        if (n == 0)
            return n_read;
        if (n < 0 || n_left == 0)
            return 0;
        n_read += (size_t)n;
    }
}

/* Do the lengths in it add up to its size? */
static bool is_whole(const unsigned char *state, size_t size)
{
    if (size < MAGIC_SIZE + 8 || memcmp(state, MAGIC, MAGIC_SIZE) != 0)
        return false;
    const size_t n_params = get_number(state + MAGIC_SIZE);
    if (n_params > MAX_PARAMS || size < MAGIC_SIZE + 8 + 8 * n_params)
        return false;
    const unsigned char *path = state + MAGIC_SIZE + 4 + 8 * n_params;
    const size_t n_path = get_number(path);
    return n_path <= MAX_PATH &&
           size == MAGIC_SIZE + 8 + 8 * n_params + n_path &&
           !memchr(path + 4, 0, n_path);
}

static void take_values(pinna_clap *clap, const unsigned char *from)
{
    const uint32_t n = get_number(from);

    for (size_t i = 0; i < clap->n_params; i++) {
        const int place = clap->params[i];
        if (pinna_clap_is_read_only(place))
            continue;
        float value = pinna_clap_default(place);
        for (uint32_t k = 0; k < n; k++) {
            const unsigned char *param = from + 4 + 8 * k;
            const uint32_t bits = get_number(param + 4);
            if (get_number(param) == pinna_clap_id(place))
                memcpy(&value, &bits, sizeof value);
        }
        pinna_clap_set(clap, place, (double)value);
    }
}

/* The model is loaded when the plugin is activated next. */
static bool take_path(pinna_clap *clap, const char *path, size_t n)
{
    if (n == 0 ? !clap->model_path
               : clap->model_path && strlen(clap->model_path) == n &&
                     memcmp(clap->model_path, path, n) == 0)
        return true;
    char *copy = n > 0 ? strndup(path, n) : NULL;
    if (n > 0 && !copy)
        return false;
    free(clap->model_path);
    clap->model_path = copy;
    clap->model_is_stale = true;
    if (clap->chain)
        clap->host->request_restart(clap->host);
    return true;
}

static bool load(const clap_plugin_t *plugin, const clap_istream_t *stream)
{
    pinna_clap *clap = plugin->plugin_data;
    unsigned char state[MAX_STATE];
    const size_t size = read_all(stream, state);

    if (!is_whole(state, size))
        return false;
    const unsigned char *params = state + MAGIC_SIZE;
    const unsigned char *path = params + 4 + 8 * get_number(params);
    if (!take_path(clap, (const char *)path + 4, get_number(path)))
        return false;
    take_values(clap, params);

    const clap_host_params_t *host_params =
        clap->host->get_extension(clap->host, CLAP_EXT_PARAMS);
    if (host_params)
        host_params->rescan(clap->host, CLAP_PARAM_RESCAN_VALUES);
    return true;
}

const clap_plugin_state_t pinna_clap_state = {save, load};
