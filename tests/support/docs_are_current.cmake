# Run by ctest as `docs_are_current`: the pages of docs/ that are made from the code are those of this code.
foreach(page findings errors)
  execute_process(COMMAND ${MAKE_DOCS} --page ${page} OUTPUT_VARIABLE made RESULT_VARIABLE status)
  file(READ ${DOCS}/${page}.md committed)
  if(NOT status EQUAL 0 OR NOT made STREQUAL committed)
    message(SEND_ERROR "docs/${page}.md differs from the code: run scripts/make-docs and commit the page")
  endif()
endforeach()
