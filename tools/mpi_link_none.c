#include "tools/mpi_link.h"

pinna_status pinna_mpi_link_start(pinna_rank_link *link, pinna_error *error)
{
    (void)link;
    return pinna_fail(error, PINNA_UNSUPPORTED,
                      "started as one of several ranks, but this pinna was "
                      "built without MPI");
}
