/* tools/mpi_link.h -- the door to MPI
 *
 * Built without MPI (tools/mpi_link_none.c) it refuses to start. */
#ifndef PINNA_TOOLS_MPI_LINK_H
#define PINNA_TOOLS_MPI_LINK_H

#include "dsp/status.h"
#include "tools/rank_link.h"

#include <stdbool.h>

/* Whether a launcher (mpirun, srun) has started this process as one of several.
 * Looks at the environment alone. */
bool pinna_mpi_launched(void);

/* Once in a process, and only if it was launched so. PINNA_UNSUPPORTED without
 * MPI, or when the launcher belongs to another MPI than the build. */
pinna_status pinna_mpi_link_start(pinna_rank_link *link, pinna_error *error);

#endif
