import com.fasterxml.jackson.databind.ObjectMapper

fun main(arguments: Array<String>) = tell(
    when (arguments.single()) {
        "Jackson 2" -> Jackson2(ObjectMapper())
        "Jackson 2 of a team" -> Jackson2(mapperOfATeam())
        "Jackson 3" -> Jackson3()
        else -> error("no such library")
    },
)
