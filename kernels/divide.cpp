#include "kernels/divide.hpp"

#include "kernels/typed.hpp"

namespace longhaul {

void divide(void* data, DataType type, std::size_t count, int ranks) {
  typed(type, [&]<class T>(T) {
    T* const element = static_cast<T*>(data);
    const T divisor = static_cast<T>(ranks);
    for (std::size_t i = 0; i < count; ++i) element[i] /= divisor;
  });
}

}  // namespace longhaul
