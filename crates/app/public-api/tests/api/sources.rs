use std::collections::BTreeSet;

use serde_json::json;

use super::server;

#[tokio::test]
async fn a_source_is_created_read_changed_and_deleted() {
    let server = server();
    let created = server.post("/sources", json!({"slug": "web", "metadataId": "javascript"})).await;
    let source = created.data()["source"].clone();
    assert_eq!((&source["name"], &source["enabled"]), (&json!("web"), &json!(true)));
    assert_eq!(source["metadata"]["name"], "JavaScript");
    assert_eq!(source["writeKeys"][0].as_str().unwrap().len(), 32);
    assert_eq!(source["writeKeys"][0], source["keys"][0]["key"]);
    let address = format!("/sources/{}", source["id"].as_str().unwrap());
    assert_eq!(server.get(&address).await.data()["source"], source);
    let patch = json!({"name": "Web", "enabled": false, "settings": {"oauthRequired": true}, "labels": [{"key": "env", "value": "prod"}]});
    let changed = server.patch(&address, patch).await;
    let changed = &changed.data()["source"];
    assert_eq!(
        (&changed["name"], &changed["enabled"], &changed["slug"]),
        (&json!("Web"), &json!(false), &json!("web"))
    );
    assert_eq!(changed["settings"], json!({"oauthRequired": true}));
    assert_eq!(changed["labels"], json!([{"key": "env", "value": "prod"}]));
    assert_eq!(server.delete(&address).await.data(), &json!({"status": "SUCCESS"}));
    assert_eq!(server.get(&address).await.refusal().0, 404);
}

#[tokio::test]
async fn what_cannot_be_a_source_is_refused_by_field() {
    let server = server();
    let refused = async |body| {
        let answer = server.post("/sources", body).await;
        let (status, field) = answer.refusal();
        assert_eq!(status, 422);
        field.to_owned()
    };
    assert_eq!(refused(json!({"slug": "my-first-source", "metadataId": "node"})).await, "slug");
    assert_eq!(refused(json!({"slug": "A b", "metadataId": "node"})).await, "slug");
    assert_eq!(refused(json!({"slug": "a", "metadataId": "fax"})).await, "metadataId");
    assert_eq!(refused(json!({"slug": "a", "metadataId": "node", "enabled": "yes"})).await, "enabled");
    assert_eq!(refused(json!({"slug": "a", "metadataId": "node", "settings": {"x": 1}})).await, "settings.x");
    let wrong = json!({"slug": "a", "metadataId": "node", "settings": {"oauthRequired": "yes"}});
    assert_eq!(refused(wrong).await, "settings.oauthRequired");
}

#[tokio::test]
async fn following_the_cursors_visits_every_source_once() {
    let server = server();
    for number in 0..4 {
        server.post("/sources", json!({"slug": format!("s{number}"), "metadataId": "node"})).await.data();
    }
    let (mut address, mut slugs, mut pages) = ("/sources?pagination[count]=2".to_owned(), BTreeSet::new(), 0);
    loop {
        let answer = server.get(&address).await;
        let page = answer.data();
        pages += 1;
        assert_eq!(page["pagination"]["totalEntries"], 5);
        for source in page["sources"].as_array().unwrap() {
            assert!(slugs.insert(source["slug"].as_str().unwrap().to_owned()));
        }
        let Some(next) = page["pagination"]["next"].as_str() else { break };
        address = format!("/sources?pagination%5Bcount%5D=2&pagination[cursor]={next}");
    }
    assert_eq!((slugs.len(), pages), (5, 3));
    assert_eq!(server.get("/sources?pagination[count]=201").await.refusal(), (422, "pagination[count]"));
    assert_eq!(server.get("/sources?pagination[cursor]=x").await.refusal(), (422, "pagination[cursor]"));
}

#[tokio::test]
async fn a_new_source_has_an_archive_unless_told_otherwise() {
    let server = server();
    let connected = async |disconnect: bool, slug: &str| {
        let body = json!({"slug": slug, "metadataId": "node", "disconnectArchive": disconnect});
        let created = server.post("/sources", body).await;
        let id = created.data()["source"]["id"].as_str().unwrap().to_owned();
        let answer = server.get(&format!("/sources/{id}/connected-destinations")).await;
        answer.data()["destinations"].as_array().unwrap().len()
    };
    assert_eq!((connected(false, "a").await, connected(true, "b").await), (1, 0));
}

#[tokio::test]
async fn write_keys_are_added_switched_and_deleted() {
    let server = server();
    let address = format!("/sources/{}/writekey", server.first_source());
    let added = server.ask("POST", &address, None).await;
    let key = added.data()["writeKey"]["key"].as_str().unwrap().to_owned();
    assert_eq!(added.data()["source"]["writeKeys"].as_array().unwrap().len(), 2);
    let off = server.patch(&format!("{address}/{key}"), json!({"enabled": false})).await;
    let keys = off.data()["source"]["keys"].clone();
    assert_eq!((&keys[0]["enabled"], &keys[1]["enabled"]), (&json!(true), &json!(false)));
    assert!(!server.api.control.definitions().write_key(&key).unwrap().enabled);
    assert_eq!(server.delete(&format!("{address}/{key}")).await.data()["status"], "SUCCESS");
    assert!(server.api.control.definitions().write_key(&key).is_none());
    let gone = server.delete(&format!("{address}/{key}")).await;
    assert_eq!(gone.refusal().0, 404);
    assert!(!gone.body.to_string().contains(&key), "a write key is a credential");
}
