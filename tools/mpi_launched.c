#include "tools/mpi_link.h"

#include <stdlib.h>

/* Open MPI's mpirun tells the number of ranks, as do MPICH's and Slurm's PMI;
 * PMIx the rank alone. One rank needs no MPI. */
bool pinna_mpi_launched(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *size = getenv(sizes[i]);
        if (size)
            return strtol(size, NULL, 10) > 1;
    }
    return getenv("PMIX_RANK") != NULL;
}
