#include "tools/ranks.h"

#include "tools/interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While one rank adds to a piece the next adds to the one before: small enough
 * for that, large enough that waiting for each does not count. */
enum { PIECE_BYTES = 128 * 1024, PIECE_VALUES = PIECE_BYTES / sizeof(float) };

struct pinna_ranks {
    pinna_rank_link link;
    size_t n_threads, first_thread, n_all_threads;
    bool interrupted;  /* as agreed */
    bool broken, over; /* over: all know of an error */
    float piece[PIECE_VALUES];
};

/* ---- messages ---- */

static pinna_status note_link(pinna_ranks *r, pinna_status status)
{
    r->broken = r->broken || status;
    return status;
}

/* Once all know of an interruption there is no need to be hasty. */
static pinna_status send_to(pinna_ranks *r, size_t to, const void *bytes,
                            size_t n, pinna_error *error)
{
    return note_link(
        r, r->link.send(r->link.self, to, bytes, n, r->interrupted, error));
}

static pinna_status receive_from(pinna_ranks *r, size_t from, void *bytes,
                                 size_t n, pinna_error *error)
{
    return note_link(r, r->link.receive(r->link.self, from, bytes, n,
                                        r->interrupted, error));
}

static bool is_last(const pinna_ranks *r)
{
    return r->link.rank + 1 == r->link.n_ranks;
}

static pinna_status from_below(pinna_ranks *r, void *bytes, size_t n,
                               pinna_error *error)
{
    return r->link.rank == 0
               ? PINNA_OK
               : receive_from(r, r->link.rank - 1, bytes, n, error);
}

static pinna_status to_above(pinna_ranks *r, const void *bytes, size_t n,
                             pinna_error *error)
{
    return is_last(r) ? PINNA_OK
                      : send_to(r, r->link.rank + 1, bytes, n, error);
}

/* From the last rank down to the first. */
static pinna_status hand_down(pinna_ranks *r, void *bytes, size_t n,
                              pinna_error *error)
{
    pinna_status status = PINNA_OK;
    if (!is_last(r))
        status = receive_from(r, r->link.rank + 1, bytes, n, error);
    if (!status && r->link.rank > 0)
        status = send_to(r, r->link.rank - 1, bytes, n, error);
    return status;
}

static pinna_status fail_broken(pinna_error *error)
{
    return pinna_fail(error, PINNA_IO, "another rank is lost");
}

/* ---- who is there ---- */

static pinna_status count_threads(pinna_ranks *r, pinna_error *error)
{
    uint64_t n = 0;

    pinna_status status = from_below(r, &n, sizeof n, error);
    r->first_thread = (size_t)n;
    n += r->n_threads;
    if (!status)
        status = to_above(r, &n, sizeof n, error);
    if (!status)
        status = hand_down(r, &n, sizeof n, error);
    r->n_all_threads = (size_t)n;
    return status;
}

pinna_status pinna_ranks_new(const pinna_rank_link *link, size_t n_threads,
                             pinna_ranks **out, pinna_error *error)
{
    pinna_ranks *r = *out = calloc(1, sizeof *r);
    if (!r) {
        link->end(link->self, false);
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    }
    r->link = *link;
    r->n_threads = n_threads;
    const pinna_status status = count_threads(r, error);
    if (status) {
        pinna_ranks_leave(r, status, NULL);
        *out = NULL;
    }
    return status;
}

void pinna_ranks_leave(pinna_ranks *r, pinna_status status,
                       const pinna_error *error)
{
    if (!r)
        return;
    if (status && !r->over && !r->broken) {
        pinna_error last = error ? *error : (pinna_error){""};
        (void)pinna_ranks_agree(r, status, &last);
    }
    r->link.end(r->link.self, !r->broken);
    free(r);
}

bool pinna_ranks_writes(const pinna_ranks *r)
{
    return !r || r->link.rank == 0;
}

size_t pinna_ranks_all_threads(const pinna_ranks *r, size_t n_alone)
{
    return r ? r->n_all_threads : n_alone;
}

size_t pinna_ranks_first_thread(const pinna_ranks *r)
{
    return r ? r->first_thread : 0;
}

size_t pinna_ranks_own_threads(const pinna_ranks *r, size_t n_alone)
{
    return r ? r->n_threads : n_alone;
}

/* ---- errors ---- */

/* What a rank says of itself, and rank 0 of all. */
typedef struct word {
    uint32_t status, interrupted;
    char host[64];
    pinna_error error;
} word;

/* Of rank 0: its own word becomes that of all. */
static pinna_status hear_all(pinna_ranks *r, word *all, pinna_error *error)
{
    for (size_t i = 1; i < r->link.n_ranks; i++) {
        word one;
        const pinna_status status = receive_from(r, i, &one, sizeof one, error);
        if (status)
            return status;
        all->interrupted |= one.interrupted;
        if (one.status && !all->status) {
            all->status = one.status;
            pinna_fail(&all->error, PINNA_OK, "rank %zu (%s): %s", i, one.host,
                       one.error.text);
        }
    }
    for (size_t i = 1; i < r->link.n_ranks; i++) {
        const pinna_status status = send_to(r, i, all, sizeof *all, error);
        if (status)
            return status;
    }
    return PINNA_OK;
}

pinna_status pinna_ranks_agree(pinna_ranks *r, pinna_status status,
                               pinna_error *error)
{
    if (!r)
        return status;
    if (r->broken)
        return status ? status : fail_broken(error);

    word w = {.status = status, .interrupted = pinna_interrupted()};
    memcpy(w.host, r->link.host, sizeof w.host);
    if (status && error)
        w.error = *error;
    pinna_status link;
    if (r->link.rank == 0) {
        link = hear_all(r, &w, error);
    } else {
        link = send_to(r, 0, &w, sizeof w, error);
        if (!link)
            link = receive_from(r, 0, &w, sizeof w, error);
    }
    if (link)
        return link;
    r->interrupted = w.interrupted;
    r->over = w.status != PINNA_OK;
    if (w.status && error)
        *error = w.error;
    return (pinna_status)w.status;
}

bool pinna_ranks_interrupted(const pinna_ranks *r)
{
    return r ? r->interrupted : pinna_interrupted();
}

bool pinna_ranks_broken(const pinna_ranks *r)
{
    return r && r->broken;
}

/* ---- arrays ---- */

/* Loss and frames, as the gradient: one share after the other. */
typedef struct figures {
    double loss;
    uint64_t n_frames;
} figures;

static pinna_status sum_figures(pinna_ranks *r, pinna_share *shares, size_t n,
                                pinna_error *error)
{
    figures sum = {0};
    pinna_status status = r ? from_below(r, &sum, sizeof sum, error) : PINNA_OK;

    for (size_t i = 0; i < n; i++) {
        sum.loss += shares[i].loss;
        sum.n_frames += shares[i].n_frames;
    }
    if (!status && r)
        status = to_above(r, &sum, sizeof sum, error);
    if (!status && r)
        status = hand_down(r, &sum, sizeof sum, error);
    shares[0].loss = sum.loss;
    shares[0].n_frames = sum.n_frames;
    return status;
}

static void add(float *sum, const float *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        sum[k] += x[k];
}

/* Values first .. first + n - 1 of this rank and those below it, and on. */
static pinna_status sum_piece(pinna_ranks *r, pinna_share *shares, size_t n,
                              size_t first, size_t n_values, pinna_error *error)
{
    float *sum = shares[0].grads + first;

    if (r && r->link.rank > 0) {
        const pinna_status status =
            from_below(r, r->piece, n_values * sizeof *sum, error);
        if (status)
            return status;
        add(sum, r->piece, n_values);
    }
    for (size_t i = 1; i < n; i++)
        add(sum, shares[i].grads + first, n_values);
    return r ? to_above(r, sum, n_values * sizeof *sum, error) : PINNA_OK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

pinna_status pinna_ranks_sum(pinna_ranks *r, pinna_share *shares, size_t n,
                             size_t n_values, pinna_error *error)
{
    if (pinna_ranks_broken(r))
        return fail_broken(error);
    pinna_status status = sum_figures(r, shares, n, error);
    for (size_t k = 0; !status && k < n_values; k += PIECE_VALUES)
        status = sum_piece(r, shares, n, k, smaller(PIECE_VALUES, n_values - k),
                           error);
    for (size_t k = 0; !status && r && k < n_values; k += PIECE_VALUES)
        status = hand_down(r, shares[0].grads + k,
                           smaller(PIECE_VALUES, n_values - k) * sizeof(float),
                           error);
    return status;
}

/* A rank hands down what lies above it, and then its own. */
pinna_status pinna_ranks_gather(pinna_ranks *r, float *values, size_t first,
                                size_t end, size_t n, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (!r)
        return PINNA_OK;
    if (r->broken)
        return fail_broken(error);
    for (size_t k = end; !status && k < n; k += PIECE_VALUES)
        status =
            receive_from(r, r->link.rank + 1, values + k,
                         smaller(PIECE_VALUES, n - k) * sizeof(float), error);
    for (size_t k = first; !status && r->link.rank > 0 && k < n;
         k += PIECE_VALUES)
        status = send_to(r, r->link.rank - 1, values + k,
                         smaller(PIECE_VALUES, n - k) * sizeof(float), error);
    return status;
}

pinna_status pinna_ranks_share(pinna_ranks *r, void *bytes, size_t n,
                               pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (!r)
        return PINNA_OK;
    if (r->broken)
        return fail_broken(error);
    for (size_t k = 0; !status && k < n; k += PIECE_BYTES) {
        char *piece = (char *)bytes + k;
        const size_t n_piece = smaller(PIECE_BYTES, n - k);
        status = from_below(r, piece, n_piece, error);
        if (!status)
            status = to_above(r, piece, n_piece, error);
    }
    return status;
}
