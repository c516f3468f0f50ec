#include "tools/mpi_link.h"

#include "tools/interrupt.h"
#include "tools/progress.h"

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* MPI's own wait takes a whole processor, which the threads of another rank may
 * need. This one soon sleeps, longer and longer. */
enum { N_YIELDS = 100 };
static const long first_nap_ns = 20 * 1000, longest_nap_ns = 1000 * 1000;

/* mpirun ends its ranks by SIGTERM, and a second later by SIGKILL: what is to
 * be saved has half of that. */
static const double grace_s = 0.5;

static void nap(size_t n_tests)
{
    struct timespec time = {0, first_nap_ns};

    if (n_tests < N_YIELDS) {
        sched_yield();
        return;
    }
    for (size_t i = N_YIELDS; i < n_tests && time.tv_nsec < longest_nap_ns; i++)
        time.tv_nsec *= 2;
    nanosleep(&time, NULL);
}

static pinna_status wait_for(MPI_Request *request, size_t rank, bool patient,
                             pinna_error *error)
{
    double interrupted_s = -1;

    for (size_t n_tests = 0;; n_tests++) {
        int done;
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return pinna_fail(error, PINNA_IO, "rank %zu is lost", rank);
        if (done)
            return PINNA_OK;
        if (pinna_interrupted() && !patient) {
            if (interrupted_s < 0)
                interrupted_s = pinna_clock_s();
            if (pinna_clock_s() - interrupted_s > grace_s)
                return pinna_fail(error, PINNA_INTERRUPTED,
                                  "stopped while waiting for rank %zu", rank);
        }
        nap(n_tests);
    }
}

static pinna_status mpi_send(void *self, size_t to, const void *bytes, size_t n,
                             bool patient, pinna_error *error)
{
    MPI_Request request;

    (void)self;
    if (MPI_Isend(bytes, (int)n, MPI_BYTE, (int)to, 0, MPI_COMM_WORLD,
                  &request) != MPI_SUCCESS)
        return pinna_fail(error, PINNA_IO, "rank %zu is lost", to);
    return wait_for(&request, to, patient, error);
}

static pinna_status mpi_receive(void *self, size_t from, void *bytes, size_t n,
                                bool patient, pinna_error *error)
{
    MPI_Request request;

    (void)self;
    if (MPI_Irecv(bytes, (int)n, MPI_BYTE, (int)from, 0, MPI_COMM_WORLD,
                  &request) != MPI_SUCCESS)
        return pinna_fail(error, PINNA_IO, "rank %zu is lost", from);
    return wait_for(&request, from, patient, error);
}

/* Without the other ranks MPI_Finalize() might never return; the launcher sees
 * the process end, and ends them. */
static void mpi_end(void *self, bool clean)
{
    (void)self;
    if (clean)
        MPI_Finalize();
}

pinna_status pinna_mpi_link_start(pinna_rank_link *link, pinna_error *error)
{
    char host[MPI_MAX_PROCESSOR_NAME] = "";
    int provided, rank, n_ranks, n;

    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) !=
        MPI_SUCCESS)
        return pinna_fail(error, PINNA_IO, "MPI does not start");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    MPI_Get_processor_name(host, &n);
    if (n_ranks == 1) {
        MPI_Finalize();
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "the launcher of the ranks belongs to another MPI "
                          "than this pinna was built with");
    }
    *link = (pinna_rank_link){.rank = (size_t)rank,
                              .n_ranks = (size_t)n_ranks,
                              .send = mpi_send,
                              .receive = mpi_receive,
                              .end = mpi_end};
    snprintf(link->host, sizeof link->host, "%.63s", host);
    return PINNA_OK;
}
