#include "socket_ranks.h"

#include "support.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ends[i][j]: where rank i talks to rank j. */
static int ends[MAX_RANKS][MAX_RANKS];
static size_t own;

static pinna_status socket_send(void *self, size_t to, const void *bytes,
                                size_t n, bool patient, pinna_error *error)
{
    (void)self;
    (void)patient;
    for (size_t done = 0; done < n;) {
        const ssize_t sent = send(ends[own][to], (const char *)bytes + done,
                                  n - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return pinna_fail(error, PINNA_IO, "rank %zu is lost", to);
        done += (size_t)sent;
    }
    return PINNA_OK;
}

static pinna_status socket_receive(void *self, size_t from, void *bytes,
                                   size_t n, bool patient, pinna_error *error)
{
    (void)self;
    (void)patient;
    for (size_t done = 0; done < n;) {
        const ssize_t got =
            recv(ends[own][from], (char *)bytes + done, n - done, 0);
        if (got <= 0)
            return pinna_fail(error, PINNA_IO, "rank %zu is lost", from);
        done += (size_t)got;
    }
    return PINNA_OK;
}

static void socket_end(void *self, bool clean)
{
    (void)self;
    (void)clean;
}

static bool run_rank(size_t n_ranks, size_t n_threads,
                     bool (*body)(pinna_ranks *ranks, size_t rank, void *user),
                     void *user)
{
    pinna_rank_link link = {.rank = own,
                            .n_ranks = n_ranks,
                            .send = socket_send,
                            .receive = socket_receive,
                            .end = socket_end};
    pinna_ranks *ranks;

    snprintf(link.host, sizeof link.host, "host%zu", own);
    for (size_t i = 0; i < n_ranks; i++)
        for (size_t j = 0; j < n_ranks; j++)
            if (i != own && i != j)
                close(ends[i][j]);
    return !pinna_ranks_new(&link, n_threads, &ranks, NULL) &&
           body(ranks, own, user);
}

bool run_ranks(size_t n_ranks, const size_t *n_threads,
               bool (*body)(pinna_ranks *ranks, size_t rank, void *user),
               void *user)
{
    pid_t children[MAX_RANKS];
    bool good = true;

    for (size_t i = 0; i < n_ranks; i++)
        for (size_t j = 0; j < i; j++) {
            int pair[2];
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
            ends[i][j] = pair[0];
            ends[j][i] = pair[1];
        }
    for (size_t i = 0; i < n_ranks; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        own = i;
        if (children[i] == 0)
            _exit(run_rank(n_ranks, n_threads[i], body, user) ? 0 : 1);
    }
    for (size_t i = 0; i < n_ranks; i++)
        for (size_t j = 0; j < n_ranks; j++)
            if (i != j)
                close(ends[i][j]);
    for (size_t i = 0; i < n_ranks; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return good;
}
