/* The least there is to time an all-reduce: what throughput mode is compared with.
 *
 *   mpirun -np 2 bare_allreduce [BYTES] [CALLS]
 *
 * Prints the microseconds of one MPI_Allreduce of float32 sums, the mean over CALLS back to back and over ranks. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const int bytes = argc > 1 ? atoi(argv[1]) : 16;
  const int calls = argc > 2 ? atoi(argv[2]) : 100000;
  const int count = bytes / (int)sizeof(float);
  float* const send = calloc((size_t)count + 1, sizeof(float));
  float* const receive = calloc((size_t)count + 1, sizeof(float));
  if (bytes < 0 || calls < 1 || send == NULL || receive == NULL) MPI_Abort(MPI_COMM_WORLD, 2);

  for (int i = 0; i < calls / 10; ++i) MPI_Allreduce(send, receive, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  for (int i = 0; i < calls; ++i) MPI_Allreduce(send, receive, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  const double own = (MPI_Wtime() - begin) / calls * 1e6;

  int rank = 0, ranks = 1;
  double sum = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Reduce(&own, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%.4f\n", sum / ranks);
  free(send);
  free(receive);
  MPI_Finalize();
  return 0;
}
