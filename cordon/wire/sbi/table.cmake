# The service catalogue as C++ tables, made at build time. Included by cordon/wire/CMakeLists.txt before the sources
# are compiled; table.cpp alone includes the result, so it alone waits for it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(sbi_folder ${CMAKE_CURRENT_LIST_DIR})
set(sbi_table ${PROJECT_BINARY_DIR}/generated/cordon/wire/sbi/table.inc)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated/cordon/wire/sbi)
add_custom_command(OUTPUT ${sbi_table}
  COMMAND Python3::Interpreter ${sbi_folder}/generate_table.py
          ${sbi_folder}/catalogue/operations.json ${sbi_folder}/catalogue/deviations.json ${sbi_table}
  DEPENDS ${sbi_folder}/generate_table.py ${sbi_folder}/catalogue/operations.json
          ${sbi_folder}/catalogue/deviations.json
  COMMENT "Making the SBI catalogue table" VERBATIM)
add_custom_target(sbi_table DEPENDS ${sbi_table})
set_source_files_properties(${sbi_folder}/table.cpp PROPERTIES OBJECT_DEPENDS ${sbi_table})
